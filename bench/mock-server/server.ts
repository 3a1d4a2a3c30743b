// The process with the servers.
import { ManualClock } from "@motte/core/manual-clock";
import { MockServer, type MockServerOptions } from "@motte/mock-server";
import { answer } from "./program.ts";
import { type Shares, Watch } from "./shares.ts";

const servers = new Map<string, MockServer>();
let watch = new Watch();
const clock = new ManualClock();

const calls = {
  /** Starts another server in this process and gives its URL. */
  async start(name: string, { lint }: Pick<MockServerOptions, "lint"> = {}): Promise<string> {
    const server = await MockServer.start({ seed: `bench ${name}`, ...(lint && { lint }) });
    servers.set(name, server);
    return server.url;
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
