import { createClient } from "redis";
import { afterAll, beforeAll } from "vitest";
import { type RedisServer, startRedis } from "../../../../test/support/redis-server.ts";

/** What all tests of a file share. */
export interface SharedRedis {
  readonly server: RedisServer;
  readonly client: ReturnType<typeof createClient>;
}

/** A server that keeps nothing on disk, and a client that comes back: for all tests of the file that calls this. */
export function sharedRedis(): SharedRedis {
  let server: RedisServer | undefined;
  let client: SharedRedis["client"] | undefined;
  beforeAll(async () => {
    server = await startRedis(["--save", ""]);
    client = createClient({ url: server.url, socket: { reconnectStrategy: () => 20 } });
    // A test's faults are meant to happen; they show in the commands that fail.
    client.on("error", () => {});
    await client.connect();
  });
  afterAll(async () => {
    client?.destroy();
    await server?.[Symbol.asyncDispose]();
  });
  return {
    get server() {
      if (server === undefined) throw new Error("the server runs while tests do");
      return server;
    },
    get client() {
      if (client === undefined) throw new Error("the client is connected while tests run");
      return client;
    },
  };
}
