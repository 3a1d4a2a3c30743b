// The process with the servers.
import { ManualClock } from "@motte/core/manual-clock";
import { MockServer, type MockServerOptions, type Phone } from "@motte/mock-server";
import { answer } from "./program.ts";
import { type Shares, Watch } from "./shares.ts";

const servers = new Map<string, MockServer>();
const phones = new Map<string, Phone[]>();
let watch = new Watch();
const clock = new ManualClock();

const calls = {
  /** Starts another server in this process and gives its URL. */
  async start(name: string, { lint }: Pick<MockServerOptions, "lint"> = {}): Promise<string> {
    const server = await MockServer.start({ seed: `bench ${name}`, ...(lint && { lint }) });
    const phonesHere: Phone[] = [];
    server.onPaired(({ phone }) => phonesHere.push(phone));
    phones.set(name, phonesHere);
    servers.set(name, server);
    return server.url;
  },

  /** Has the phones of a server decrypt what they got, as a test does that looks at it. */
  readAll(name: string): number {
    return (phones.get(name) ?? []).reduce((sum, { sentMessages }) => sum + sentMessages.length, 0);
  },

  /** The same, on a clock that only `advance` moves. */
  async startOnManualClock(name: string): Promise<string> {
    const server = await MockServer.start({ seed: `bench ${name}`, clock });
    servers.set(name, server);
    return server.url;
  },

  async startWatch(): Promise<void> {
    watch = new Watch();
    await watch.start();
  },

  /** What the time since `startWatch` was spent on. */
  stopWatch(): Promise<Shares> {
    return watch.stop();
  },

  async advance(ms: number): Promise<void> {
    await clock.advance(ms);
  },

  connections(name: string): number {
    return servers.get(name)?.connections.length ?? 0;
  },
};

export type ServerCalls = typeof calls;

answer(calls);
