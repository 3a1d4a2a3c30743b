import { seededRandom } from "@motte/core/random";
import type { Loop } from "./loops/loop.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS, type Script } from "./scripts/script.ts";
import { Account } from "./world/account.ts";
import { Bot, type Network } from "./world/bot.ts";
import { Connection } from "./world/connection.ts";
import { World } from "./world/world.ts";

/** What became of one run of a script. */
export interface Run {
  /** Of all bots together. */
  readonly attempts: number;
  /** Connections that came to an open. */
  readonly opens: number;
  /** Of the busiest bot in its busiest hour. */
  readonly mostInAnHour: number;
  /** Of all bots together in the busiest second, wherever it begins. */
  readonly mostInASecond: number;
  /** Accounts whose credentials were deleted while the server still took them. */
  readonly lost: number;
  /** For each account how long after it could have been connected it was, or `Infinity`. Empty where it never could. */
  readonly recoveriesMs: readonly number[];
}

/** Lets a loop meet a script. The same seed gives the same run. */
export async function play(loop: Loop, script: Script, seed: number): Promise<Run> {
  const world = new World();
  // Forked, so that what the server draws does not depend on what the bots draw.
  const random = seededRandom(seed).fork(script.name);
  const server = script.server(world, random.fork("server"));
  const { healthyAtMs } = server;
  const attemptsMs: number[] = [];
  const recoveredMs = new Map<Account, number>();
  const openAt = new Map<Account, Connection>();
  let opens = 0;
  let mostInAnHour = 0;

  const onOpen = (connection: Connection): void => {
    const { account } = connection;
    opens++;
    openAt.set(account, connection);
    if (healthyAtMs === undefined || world.now() < healthyAtMs) return;
    if (!recoveredMs.has(account)) recoveredMs.set(account, world.now());
  };
  const start = loop.process(world);
  const accounts = Array.from(
    { length: script.accounts ?? 1 },
    () => new Account(script.paired ?? true),
  );
  const finished: (() => void)[] = [];
  for (const [index, account] of accounts.entries()) {
    for (let owner = 0; owner < (script.owners ?? 1); owner++) {
      const ownMs: number[] = [];
      finished.push(() => (mostInAnHour = Math.max(mostInAnHour, busiest(ownMs, HOUR_MS))));
      const network: Network = {
        isUp: () => server.machineIsOnline?.() ?? true,
        connect(of, onUpdate) {
          const connection = new Connection(of, onUpdate, onOpen);
          attemptsMs.push(world.now());
          ownMs.push(world.now());
          world.after(0, () => connection.begin());
          server.accept(connection);
          return connection;
        },
      };
      const id = `${index}-${owner}`;
      const bot = new Bot(id, account, world, random.fork(`bot ${id}`), network);
      // Owners come a minute after each other, and a fleet has been started one by one over its first minutes.
      world.after(owner * MINUTE_MS + index * (SECOND_MS / 4), () => start(bot));
    }
  }
  if (healthyAtMs !== undefined) {
    world.after(healthyAtMs, () => {
      for (const account of accounts) {
        if (openAt.get(account)?.isOpen === true) recoveredMs.set(account, healthyAtMs);
      }
    });
  }

  if (loop.awaits === true) await world.runSettling(script.lastsMs);
  else world.run(script.lastsMs);

  for (const count of finished) count();
  return {
    attempts: attemptsMs.length,
    opens,
    mostInAnHour,
    mostInASecond: busiest(attemptsMs, SECOND_MS),
    lost: accounts.filter(({ lost }) => lost).length,
    recoveriesMs:
      healthyAtMs === undefined
        ? []
        : accounts.map((account) => (recoveredMs.get(account) ?? Infinity) - healthyAtMs),
  };
}

/** The most of these times, which ascend, that lie within one window, wherever it begins. */
function busiest(timesMs: readonly number[], windowMs: number): number {
  let first = 0;
  let most = 0;
  for (const [last, timeMs] of timesMs.entries()) {
    while ((timesMs[first] ?? 0) <= timeMs - windowMs) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}
