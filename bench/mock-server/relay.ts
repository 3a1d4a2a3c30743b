import type { BaileysCalls } from "./baileys-client.ts";
import { type Figure, type ScenarioResult, median, shown } from "./figures.ts";
import { Program } from "./program.ts";
import type { ServerCalls } from "./server.ts";

const WARM_UP = 150;
const ROUNDS = 5;
const MESSAGES = 150;
const GOAL = 1 / 5;

/** CPU time of each side for one message, in milliseconds. */
interface Cost {
  readonly server: number;
  readonly sender: number;
  readonly receiver: number;
}

/** Messages between two Baileys clients, each in a process of its own as the server is. */
export async function relay(): Promise<ScenarioResult> {
  using server = new Program<ServerCalls>("server.ts");
  using sender = new Program<BaileysCalls>("baileys-client.ts");
  using receiver = new Program<BaileysCalls>("baileys-client.ts");

  /** Two clients on a server of their own; each call sends messages and says what one cost. */
  const pair = async (lint: "throw" | "off"): Promise<(count: number) => Promise<Cost>> => {
    const url = await server.call("start", `relay, lint ${lint}`, { lint });
    const to = await receiver.call("connect", url);
    await sender.call("connect", url);
    let sent = 0;
    return async (count) => {
      const programs = [server, sender, receiver];
      const usage = (): Promise<number[]> =>
        Promise.all(programs.map((each) => each.call("cpuMs")));
      const before = await usage();
      await sender.call("send", url, to, count);
      sent += count;
      await receiver.call("received", url, sent);
      const after = await usage();
      const [ofServer = 0, ofSender = 0, ofReceiver = 0] = after.map(
        (value, index) => (value - (before[index] ?? 0)) / count,
      );
      return { server: ofServer, sender: ofSender, receiver: ofReceiver };
    };
  };

  const checked = await pair("throw");
  const unchecked = await pair("off");
  await checked(WARM_UP);
  await unchecked(WARM_UP);
  const costs: Cost[] = [];
  const withoutLints: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    costs.push(await checked(MESSAGES));
    withoutLints.push((await unchecked(MESSAGES)).server);
  }
  await server.call("startWatch");
  await checked(2 * MESSAGES);
  const shares = await server.call("stopWatch");
  const of = (side: keyof Cost): number => median(costs.map((each) => each[side]));
  const clients = costs.map((each) => (each.sender + each.receiver) / 2);
  const ratio = median(costs.map((each, index) => each.server / (clients[index] ?? 1)));
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
      {
        name: "the server, the mailboxes and phones of both included",
        value: of("server"),
        unit: "ms",
      },
      part("the two phones: Signal, and what they answer", shares.phones),
      part("the sockets", shares.sockets),
      part("the codec and Noise", shares.codec),
      part("the garbage collector", shares.collector),
      part("routing, checks, journal, and all else", shares.rest),
      { name: 'the same with `lint: "off"`', value: median(withoutLints), unit: "ms" },
    ],
    goal: {
      what: "the server beside the mean of both clients",
      measured: ratio,
      atMost: GOAL,
      unit: "x",
      limit: `the phones and the sockets alone ${shown(ratio * (shares.phones + shares.sockets))} x`,
    },
  };
}
