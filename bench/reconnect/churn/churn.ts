import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { systemClock } from "@motte/core/clock";
import { seededRandom } from "@motte/core/random";
import type { Goal } from "../goals.ts";
import { motteWithoutFleet } from "../loops/motte.ts";
import { HOUR_MS } from "../scripts/script.ts";
import { Account } from "../world/account.ts";
import { Bot, type Network } from "../world/bot.ts";
import { Connection } from "../world/connection.ts";
import { World } from "../world/world.ts";
import { BusyDay } from "./busy-day.ts";

const SESSIONS = 10_000;
const HOURS = 24;
const SAMPLES = 4;
const BUDGET = 60;
const GOAL_WALL_MS = 20_000;
const GOAL_GROWTH = 1.1;

/** A day of many sessions, and what it took to simulate it. */
export interface ChurnResult {
  readonly sessions: number;
  readonly hours: number;
  readonly connects: number;
  /** Bots that connected more than sixty times within an hour. */
  readonly overBudget: number;
  readonly lost: number;
  readonly openAtTheEnd: number;
  readonly wallMs: number;
  /** Of all threads, the collector's too. On a busy machine it says more than the wall time. */
  readonly cpuMs: number;
  /** Held after each quarter of the day, after a collection. */
  readonly heapMib: readonly number[];
}

/** Lets the engine run for a day in ten thousand sessions. The last of its figures alone are the machine's. */
export function churn(sessions: number = SESSIONS): ChurnResult {
  const world = new World();
  const random = seededRandom("churn");
  const day = new BusyDay(world, random.fork("server"), sessions);
  // One source for all: a day of draws from ten thousand of them costs nothing more, but their buffers do.
  const draws = random.fork("bots");
  const start = motteWithoutFleet.process(world);
  const accounts: Account[] = [];
  let connects = 0;
  const over = new Set<number>();

  for (let index = 0; index < sessions; index++) {
    const account = new Account(true);
    accounts.push(account);
    const latest = new Float64Array(BUDGET).fill(-Infinity);
    let count = 0;
    const network: Network = {
      isUp: () => true,
      connect(of, onUpdate) {
        const slot = count++ % BUDGET;
        // What is written over here is the connect that was sixty connects ago.
        if (world.now() - (latest[slot] ?? -Infinity) < HOUR_MS) over.add(index);
        latest[slot] = world.now();
        connects++;
        const connection = new Connection(of, onUpdate, () => {});
        day.accept(index, connection);
        return connection;
      },
    };
    const bot = new Bot(String(index), account, world, draws, network);
    world.after((index / sessions) * HOUR_MS, () => start(bot));
  }

  const heapMib: number[] = [];
  let wallMs = 0;
  let cpuMs = 0;
  for (let sample = 1; sample <= SAMPLES; sample++) {
    const startedMs = systemClock.monotonic();
    const cpuBefore = process.cpuUsage();
    world.run((sample * HOURS * HOUR_MS) / SAMPLES);
    wallMs += systemClock.monotonic() - startedMs;
    const { user, system } = process.cpuUsage(cpuBefore);
    cpuMs += (user + system) / 1_000;
    heapMib.push(heldMib());
  }
  return {
    sessions,
    hours: HOURS,
    connects,
    overBudget: over.size,
    lost: accounts.filter(({ lost }) => lost).length,
    openAtTheEnd: day.open,
    wallMs,
    cpuMs,
    heapMib,
  };
}

/** The most that was held in the second half of the day, beside noon. */
export function growthOf({ heapMib }: ChurnResult): number {
  // By noon every session has been through trouble, so that all has been remembered that ever is.
  const [, noon = Number.NaN, ...later] = heapMib;
  return Math.max(...later) / noon;
}

export function churnGoals(result: ChurnResult): Goal[] {
  const { wallMs, cpuMs, overBudget, sessions } = result;
  const growth = growthOf(result);
  return [
    {
      goal: `${sessions} sessions over a day: simulated in less than ${GOAL_WALL_MS / 1_000} s`,
      measured: `${(wallMs / 1_000).toFixed(1)} s, ${(cpuMs / 1_000).toFixed(1)} s of CPU time`,
      met: wallMs < GOAL_WALL_MS,
    },
    {
      goal: `the same in constant memory: at most ${GOAL_GROWTH}x of what it held at noon`,
      measured: `${growth.toFixed(2)}x`,
      met: growth <= GOAL_GROWTH,
    },
    {
      goal: "the same: no session with more than 60 connects in any hour",
      measured: `${overBudget} sessions`,
      met: overBudget === 0,
    },
  ];
}

let collect: (() => void) | undefined;

function heldMib(): number {
  if (collect === undefined) {
    setFlagsFromString("--expose-gc");
    const exposed: unknown = runInNewContext("gc");
    if (typeof exposed !== "function") throw new Error("This Node has no gc to expose");
    collect = () => void exposed();
  }
  collect();
  return process.memoryUsage().heapUsed / 1024 / 1024;
}
