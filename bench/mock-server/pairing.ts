import type { BaileysCalls } from "./baileys-client.ts";
import { type ScenarioResult, median } from "./figures.ts";
import { Program } from "./program.ts";
import type { ServerCalls } from "./server.ts";

const ROUNDS = 7;
// What Baileys uploads when it pairs (Defaults/index.js, INITIAL_PREKEY_COUNT).
const PRE_KEYS = 812;
const GOAL_MS = 600;

/** How long a new bot takes to be there, and how much of that the server could change. */
export async function pairing(): Promise<ScenarioResult> {
  using server = new Program<ServerCalls>("server.ts");
  using client = new Program<BaileysCalls>("baileys-client.ts");
  const url = await server.call("start", "pairing");
  // The first one pays for what is loaded and compiled.
  await client.call("pairToOpen", url);
  const tookMs: number[] = [];
  const keysMs: number[] = [];
  const serverMs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = await server.call("cpuMs");
    tookMs.push(await client.call("pairToOpen", url));
    serverMs.push((await server.call("cpuMs")) - before);
    keysMs.push(await client.call("makePreKeys", PRE_KEYS));
  }
  const [took, keys] = [median(tookMs), median(keysMs)];
  return {
    title: `One Baileys client, from pairing to open (median of ${ROUNDS})`,
    figures: [
      { name: "from pairing to open", value: took, unit: "ms" },
      { name: `${PRE_KEYS} pre-keys, which the client makes`, value: keys, unit: "ms" },
      { name: "CPU time of the server", value: median(serverMs), unit: "ms" },
    ],
    goal: {
      what: "beside the client's pre-keys",
      measured: took - keys,
      atMost: GOAL_MS,
      unit: "ms",
    },
  };
}
