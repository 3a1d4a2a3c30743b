import { fileBackend } from "@motte/auth-stores/backends/file";
import { MemoryPlace, memoryBackend } from "@motte/auth-stores/backends/memory";
import { redisBackend } from "@motte/auth-stores/backends/redis";
import { sqliteBackend } from "@motte/auth-stores/backends/sqlite";
import { type ConformancePlace, testBackend } from "@motte/auth-stores/conformance";
import { type SealedOptions, sealed, secretKey } from "@motte/auth-stores/encryption";
import { afterAll, beforeAll, describe } from "vitest";
import { type RedisServer, startRedis } from "../../../../test/support/redis-server.ts";
import { type TestClient, connectTo } from "../support/redis-clients.ts";
import { ageLeases } from "../support/redis-leases.ts";
import { runner } from "../support/runner.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const keys = secretKey(Buffer.alloc(32, 7));

async function memoryPlace(options: Partial<SealedOptions>): Promise<ConformancePlace> {
  const place = new MemoryPlace();
  return {
    open: async (clock) => sealed(memoryBackend({ place, clock }), { keys, ...options }),
    [Symbol.asyncDispose]: async () => {},
  };
}

async function sqlitePlace(options: Partial<SealedOptions>): Promise<ConformancePlace> {
  const folder = await temporaryFolder();
  const file = folder.file("auth.db");
  return {
    open: async (clock) => sealed(await sqliteBackend(file, { clock }), { keys, ...options }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

describe("the memory backend, sealed", () => {
  testBackend(runner, { createPlace: () => memoryPlace({}) });
});

describe("the memory backend, sealed, with hidden ids and a new data key every few writes", () => {
  testBackend(runner, { createPlace: () => memoryPlace({ hideIds: true, rotateAfterWrites: 7 }) });
});

describe("the SQLite backend, sealed", () => {
  testBackend(runner, { createPlace: () => sqlitePlace({}) });
});

describe("the SQLite backend, sealed, with hidden ids", () => {
  testBackend(runner, { createPlace: () => sqlitePlace({ hideIds: true }) });
});

describe("the file backend, sealed, with hidden ids", () => {
  testBackend(runner, {
    createPlace: async () => {
      const folder = await temporaryFolder();
      return {
        open: async (clock) => {
          const inner = await fileBackend(folder.file("auth"), { sessions: "many", clock });
          return sealed(inner, { keys, hideIds: true });
        },
        [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
      };
    },
  });
});

describe("the Redis backend, sealed, with hidden ids", () => {
  let server: RedisServer;
  let shared: TestClient;
  let places = 0;
  beforeAll(async () => {
    server = await startRedis(["--save", ""]);
    shared = await connectTo("redis", server.port);
  });
  afterAll(async () => {
    await shared[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  testBackend(runner, {
    createPlace: async () => {
      const prefix = `sealed ${++places}`;
      return {
        open: async () =>
          sealed(await redisBackend(shared.client, { prefix }), { keys, hideIds: true }),
        passTime: (ms) => ageLeases(server.port, prefix, ms),
        [Symbol.asyncDispose]: async () => {},
      };
    },
  });
});
