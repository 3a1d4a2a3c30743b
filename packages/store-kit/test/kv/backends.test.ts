import { availableSqliteDrivers } from "@motte/core/sqlite";
import { kvSuite } from "@motte/store-kit/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RedisServer, startRedis } from "../../../../test/support/redis-server.ts";
import { Keyv } from "keyv";
import { keyvKV, memoryKV } from "@motte/store-kit";
import {
  type ConnectedRedis,
  type RedisLibrary,
  connectTo,
  keyvPlace,
  redisPlace,
  sqlitePlace,
} from "../support/kv-places.ts";
import { runner } from "../support/runner.ts";

describe("the memory KV", () => {
  kvSuite(runner, {
    createPlace: async () => ({
      open: async (clock) => memoryKV({ clock }),
      [Symbol.asyncDispose]: async () => {},
    }),
  });
});

const drivers = await availableSqliteDrivers();

test("at least one SQLite driver loads here", () => {
  expect(drivers.length).toBeGreaterThan(0);
});

describe.each(drivers)("the SQLite KV on %s", (driver) => {
  kvSuite(runner, {
    createPlace: () => sqlitePlace(driver),
    createBreakablePlace: () => sqlitePlace(driver),
  });
});

const libraries: readonly RedisLibrary[] = ["redis", "ioredis"];
let server: RedisServer;
beforeAll(async () => {
  server = await startRedis(["--save", ""]);
});
afterAll(() => server[Symbol.asyncDispose]());

describe.each(libraries)("the Redis KV on %s", (library) => {
  let shared: ConnectedRedis;
  beforeAll(async () => {
    shared = await connectTo(library, server.port);
  });
  afterAll(() => shared[Symbol.asyncDispose]());

  kvSuite(runner, {
    createPlace: async () => redisPlace(shared.client),
    createBreakablePlace: async () => {
      const own = await connectTo(library, server.port);
      return { ...redisPlace(own.client), breakMedium: async () => own[Symbol.asyncDispose]() };
    },
  });
});

/** A storage as keyv's adapters are made: with a `getMany` or without, and asynchronous. */
class Storage extends Map<string, unknown> {
  readonly opts = {};
  broken = false;

  override get(key: string): unknown {
    if (this.broken) throw new Error("broken");
    return super.get(key);
  }
  override set(key: string, value: unknown): this {
    if (this.broken) throw new Error("broken");
    return super.set(key, value);
  }
  on(): this {
    return this;
  }
}
/** Fails for entries, and still tells which generation they are of. */
class HalfBroken extends Storage {
  halfBroken = false;

  override get(key: string): unknown {
    if (this.halfBroken && !key.includes("generation")) throw new Error("broken");
    return super.get(key);
  }
}
class StorageOfMany extends Storage {
  async getMany(keys: string[]): Promise<unknown[]> {
    return keys.map((key) => this.get(key));
  }
}

describe.each([
  ["one key at a time", Storage],
  ["many keys at a time", StorageOfMany],
] as const)("the keyv KV on a storage that reads %s", (_what, Kind) => {
  kvSuite(runner, {
    createPlace: async () => keyvPlace(new Kind()),
    createBreakablePlace: async () => {
      const storage = new Kind();
      return { ...keyvPlace(storage), breakMedium: async () => void (storage.broken = true) };
    },
  });
});

test("a read that keyv itself would answer with nothing rejects", async () => {
  const storage = new HalfBroken();
  const kv = keyvKV(new Keyv({ store: storage, throwOnErrors: true }));
  await kv.write([{ key: "a", value: Buffer.from("1") }]);
  storage.halfBroken = true;

  await expect(kv.getMany(["a"])).rejects.toMatchObject({ code: "STORE_KIT_UNAVAILABLE" });
});

test.each([
  ["what is no Keyv", {}],
  ["a Keyv that keeps failures to itself", new Keyv()],
])("keyvKV() refuses %s", (_what, keyv) => {
  expect(() => keyvKV(keyv as Keyv)).toThrowError(
    expect.objectContaining({ code: "USAGE_INVALID_OPTION" }),
  );
});
