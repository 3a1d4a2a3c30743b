import { redisBackend } from "@motte/auth-stores/backends/redis";
import {
  type BreakablePlace,
  type ConformancePlace,
  testBackend,
} from "@motte/auth-stores/conformance";
import { afterAll, beforeAll, describe } from "vitest";
import { type RedisServer, startRedis } from "../../../../test/support/redis-server.ts";
import { type Library, type TestClient, connectTo, libraries } from "../support/redis-clients.ts";
import { ageLeases } from "../support/redis-leases.ts";
import { runner } from "../support/runner.ts";

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis(["--save", ""]);
});
afterAll(() => server[Symbol.asyncDispose]());

describe.each(libraries)("the Redis backend on %s", (library) => {
  let shared: TestClient;
  beforeAll(async () => {
    shared = await connectTo(library, server.port);
  });
  afterAll(() => shared[Symbol.asyncDispose]());

  testBackend(runner, {
    createPlace: async () => placeOn(shared, library),
    createBreakablePlace: async (): Promise<BreakablePlace> => {
      const own = await connectTo(library, server.port);
      return {
        ...placeOn(own, library),
        breakMedium: async () => own[Symbol.asyncDispose](),
      };
    },
  });
});

let places = 0;

function placeOn({ client }: TestClient, library: Library): ConformancePlace {
  const prefix = `${library} [place] ${++places}`;
  return {
    open: () => redisBackend(client, { prefix }),
    passTime: (ms) => ageLeases(server.port, prefix, ms),
    [Symbol.asyncDispose]: async () => {},
  };
}
