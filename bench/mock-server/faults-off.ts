import type { BaileysCalls } from "./baileys-client.ts";
import { type ScenarioResult, median } from "./figures.ts";
import { Program } from "./program.ts";
import type { ServerCalls } from "./server.ts";

const WARM_UP = 300;
const ROUNDS = 21;
const MESSAGES = 100;
const GOAL = 1.03;

/** The same messages through a server with the layer for faults, no fault set, and one without the layer. */
export async function faultsOff(): Promise<ScenarioResult> {
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
  const pairs: { readonly layer: number; readonly bare: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    // Whoever comes second finds a warmer machine, so they take turns.
    if (round % 2 === 0) {
      const layer = await measured(MESSAGES);
      pairs.push({ layer, bare: await bare(MESSAGES) });
    } else {
      const second = await bare(MESSAGES);
      pairs.push({ layer: await measured(MESSAGES), bare: second });
    }
  }
  return {
    title: `The layer for faults and scripts, with none set (median of ${ROUNDS} x ${MESSAGES} messages)`,
    figures: [
      {
        name: "a message with the layer",
        value: median(pairs.map((each) => each.layer)),
        unit: "ms",
      },
      { name: "and without it", value: median(pairs.map((each) => each.bare)), unit: "ms" },
    ],
    goal: {
      what: "with the layer beside without",
      measured: median(pairs.map((each) => each.layer / each.bare)),
      atMost: GOAL,
      unit: "x",
    },
  };
}
