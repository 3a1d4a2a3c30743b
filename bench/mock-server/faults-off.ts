import type { Mode } from "../../packages/cli/src/bench/run-record.ts";
import { turns } from "../../packages/cli/src/bench/turns.ts";
import type { BaileysCalls } from "./baileys-client.ts";
import { type ScenarioResult, median } from "./figures.ts";
import { Program } from "./program.ts";
import type { ServerCalls } from "./server.ts";

const WARM_UP = 300;
const ROUNDS = { quick: 5, normal: 21, full: 41 };
const MESSAGES = 100;
const GOAL = 1.03;

/** The same messages through a server with the layer for faults, no fault set, and one without the layer. */
export async function faultsOff(mode: Mode): Promise<ScenarioResult> {
  using withLayer = new Program<ServerCalls>("server.ts");
  using without = new Program<ServerCalls>("server-without-faults.ts");
  using sender = new Program<BaileysCalls>("baileys-client.ts");
  using receiver = new Program<BaileysCalls>("baileys-client.ts");

  /** Each call sends messages and gives the server's CPU time for one, in milliseconds. */
  const line = async (
    server: Program<ServerCalls>,
  ): Promise<(count: number) => Promise<number>> => {
    const url = await server.call("start", "faults off", {});
    const to = await receiver.call("connect", url);
    await sender.call("connect", url);
    let sent = 0;
    return async (count) => {
      const before = await server.call("cpuMs");
      await sender.call("send", url, to, count);
      sent += count;
      await receiver.call("received", url, sent);
      return ((await server.call("cpuMs")) - before) / count;
    };
  };

  const measured = await line(withLayer);
  const bare = await line(without);
  await measured(WARM_UP);
  await bare(WARM_UP);
  const layer: number[] = [];
  const bareMs: number[] = [];
  const sides = [
    { run: measured, into: layer },
    { run: bare, into: bareMs },
  ];
  // Whoever comes second finds a warmer machine, so they take turns.
  for (const { side } of turns(sides, { rounds: ROUNDS[mode], warmUps: 0 })) {
    side.into.push(await side.run(MESSAGES));
  }
  const ratios = layer.map((ms, round) => ms / (bareMs[round] ?? Number.NaN));
  return {
    title: `The layer for faults and scripts, with none set (median of ${ROUNDS[mode]} x ${MESSAGES} messages)`,
    figures: [
      {
        name: "a message with the layer",
        value: median(layer),
        unit: "ms",
      },
      { name: "and without it", value: median(bareMs), unit: "ms" },
    ],
    goal: {
      what: "with the layer beside without",
      measured: median(ratios),
      rounds: ratios,
      atMost: GOAL,
      unit: "x",
    },
  };
}
