import type { BareCalls } from "./bare-clients.ts";
import type { ScenarioResult } from "./figures.ts";
import { type Memory, Program } from "./program.ts";
import type { ServerCalls } from "./server.ts";

const CONNECTIONS = 2_000;
// The others wait to be paired: to pair takes several signatures on both sides.
const LOGGED_IN = 250;
const HOUR_MS = 60 * 60 * 1_000;
// Defaults/index.js, keepAliveIntervalMs.
const KEEP_ALIVE_MS = 30_000;
const GOAL_KIB = 100;
// The journal has grown as far as it grows, and what is compiled late is compiled.
const WARM_UP_ROUNDS = 12;
const SAMPLES = 4;

/** Clients that say nothing but that they are there, over an hour of the server's time. */
export async function idle(): Promise<ScenarioResult> {
  using server = new Program<ServerCalls>("server.ts");
  using clients = new Program<BareCalls>("bare-clients.ts");
  const url = await server.call("startOnManualClock", "idle");
  await clients.call("pair", url, LOGGED_IN);
  const kibEach = ({ held }: Memory): number => (held - before.held) / CONNECTIONS / 1024;

  let round = 0;
  const keepAlives = async (count: number): Promise<void> => {
    for (const last = round + count; round < last; round++) {
      await server.call("advance", KEEP_ALIVE_MS);
      await clients.call("keepAlive", round);
    }
  };

  const before = await server.call("memory");
  await clients.call("logIn", LOGGED_IN);
  await clients.call("fillUp", url, CONNECTIONS);
  await keepAlives(WARM_UP_ROUNDS);
  const connected = await server.call("memory");
  const later: Memory[] = [];
  for (let sample = 0; sample < SAMPLES; sample++) {
    await keepAlives(HOUR_MS / KEEP_ALIVE_MS / SAMPLES);
    later.push(await server.call("memory"));
  }
  const still = await server.call("connections", "idle");
  if (still !== CONNECTIONS) throw new Error(`Only ${still} connections are left`);
  const most = Math.max(...later.map((each) => kibEach(each)));
  const atTheEnd = later.at(-1) ?? connected;
  return {
    title: `${CONNECTIONS} idle connections, ${LOGGED_IN} of them logged in, memory of the server for each`,
    figures: [
      { name: "held at the start", value: kibEach(connected), unit: "KiB" },
      { name: "held an hour later", value: kibEach(atTheEnd), unit: "KiB" },
      { name: "the whole process, resident, at the start", value: mib(connected), unit: "MiB" },
      { name: "the whole process, resident, an hour later", value: mib(atTheEnd), unit: "MiB" },
    ],
    goal: { what: "held, the most in that hour", measured: most, atMost: GOAL_KIB, unit: "KiB" },
  };
}

function mib({ resident }: Memory): number {
  return resident / 1024 / 1024;
}
