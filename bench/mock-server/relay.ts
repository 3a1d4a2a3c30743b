import type { BaileysCalls } from "./baileys-client.ts";
import { type Figure, type ScenarioResult, median, shown } from "./figures.ts";
import type { FloorClientCalls } from "./floor-clients.ts";
import type { FloorServerCalls } from "./floor-server.ts";
import { Program } from "./program.ts";
import type { ServerCalls } from "./server.ts";

const WARM_UP = 150;
const ROUNDS = 5;
const MESSAGES = 150;
const GOAL = 1 / 5;

/** CPU time of each side for one message, in milliseconds. */
interface Cost {
  readonly server: number;
  /** Of the server, when the phones decrypt what they got because a test looks at it. */
  readonly reading: number;
  readonly sender: number;
  readonly receiver: number;
}

/** Sends messages and says what one cost. Unless told not to, a test then looks at what the phones got. */
type Send = (count: number, options?: { readonly look?: boolean }) => Promise<Cost>;

/** Messages between two Baileys clients, each in a process of its own as the server is. */
export async function relay(): Promise<ScenarioResult> {
  using server = new Program<ServerCalls>("server.ts");
  using sender = new Program<BaileysCalls>("baileys-client.ts");
  using receiver = new Program<BaileysCalls>("baileys-client.ts");
  using floorServer = new Program<FloorServerCalls>("floor-server.ts");
  using floorClients = new Program<FloorClientCalls>("floor-clients.ts");

  /** Two clients on a server of their own. */
  const pair = async (lint: "throw" | "off"): Promise<Send> => {
    const name = `relay, lint ${lint}`;
    const url = await server.call("start", name, { lint });
    const to = await receiver.call("connect", url);
    await sender.call("connect", url);
    let sent = 0;
    return async (count, { look = true } = {}) => {
      const programs = [server, sender, receiver];
      const usage = (): Promise<number[]> =>
        Promise.all(programs.map((each) => each.call("cpuMs")));
      const before = await usage();
      await sender.call("send", url, to, count);
      sent += count;
      await receiver.call("received", url, sent);
      const after = await usage();
      // Else they would read when nothing comes for them, which is while others are measured.
      if (look) await server.call("readAll", name);
      const read = await server.call("cpuMs");
      const [ofServer = 0, ofSender = 0, ofReceiver = 0] = after.map(
        (value, index) => (value - (before[index] ?? 0)) / count,
      );
      const reading = (read - (after[0] ?? 0)) / count;
      return { server: ofServer, reading, sender: ofSender, receiver: ofReceiver };
    };
  };

  const checked = await pair("throw");
  const unchecked = await pair("off");
  await floorClients.call("connect", await floorServer.call("listen"));
  /** The least a server needs for one. */
  const floor = async (count: number): Promise<number> => {
    const before = await floorServer.call("cpuMs");
    await floorClients.call("send", count);
    return ((await floorServer.call("cpuMs")) - before) / count;
  };
  for (const run of [checked, unchecked, floor]) await run(WARM_UP);
  const costs: Cost[] = [];
  const withoutLints: number[] = [];
  const floors: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    costs.push(await checked(MESSAGES));
    withoutLints.push((await unchecked(MESSAGES)).server);
    floors.push(await floor(MESSAGES));
  }
  await server.call("startWatch");
  await checked(2 * MESSAGES, { look: false });
  const shares = await server.call("stopWatch");
  const of = (side: keyof Cost): number => median(costs.map((each) => each[side]));
  const clients = costs.map((each) => (each.sender + each.receiver) / 2);
  const besideClients = (value: (round: number) => number): number[] =>
    clients.map((client, round) => value(round) / client);
  const besideServer = besideClients((round) => costs[round]?.server ?? 0);
  const part = (name: string, share: number): Figure => ({
    name: `of that, ${name}`,
    value: of("server") * share,
    unit: "ms",
  });
  return {
    title: `One message between two Baileys clients, CPU time (median of ${ROUNDS} x ${MESSAGES})`,
    figures: [
      { name: "the sender", value: of("sender"), unit: "ms" },
      { name: "the receiver", value: of("receiver"), unit: "ms" },
      { name: "the server", value: of("server"), unit: "ms" },
      part("the two phones: to take in what they get, and the receipts", shares.phones),
      part("the sockets", shares.sockets),
      part("the codec and Noise", shares.codec),
      part("the garbage collector", shares.collector),
      part("routing, checks, journal, and all else", shares.rest),
      { name: 'the same with `lint: "off"`', value: median(withoutLints), unit: "ms" },
      {
        name: "on top, when a test looks at what both phones got",
        value: of("reading"),
        unit: "ms",
      },
      {
        name: "the least: WebSockets, Noise and the codec alone",
        value: median(floors),
        unit: "ms",
      },
    ],
    goal: {
      what: "the server beside the mean of both clients",
      measured: median(besideServer),
      rounds: besideServer,
      atMost: GOAL,
      unit: "x",
      limit: `the least is ${shown(median(besideClients((round) => floors[round] ?? 0)))} x`,
    },
  };
}
