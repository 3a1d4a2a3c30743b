import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "@motte/core/clock";
import type { RedisClient } from "@motte/core/redis";
import { type SqliteDriver, openSqlite } from "@motte/core/sqlite";
import type { BreakableKVPlace, KVPlace } from "@motte/store-kit/testing";
import { Redis } from "ioredis";
import { Keyv } from "keyv";
import { createClient } from "redis";
import { type KV, keyvKV, memoryKV, openSqliteKV, redisKV, seconds } from "@motte/store-kit";

/** What `kept` holds, as a KV that persists: opened anew each time, and closed alone. */
export function lasting(kept: KV): KV {
  const end = memoryKV();
  const open = async (): Promise<void> => void (await end.getMany([]));
  const part = (kv: KV, isRoot: boolean): KV => ({
    ...kv,
    capabilities: { atomicWrite: true, persistent: true },
    getMany: async (keys) => {
      await open();
      return kv.getMany(keys);
    },
    write: async (changes) => {
      await open();
      await kv.write(changes);
    },
    clear: async () => {
      await open();
      await kv.clear();
    },
    namespace: (name) => part(kv.namespace(name), false),
    close: async () => {
      if (isRoot) await end.close();
    },
  });
  return part(kept, true);
}

/** A SQLite file for one test. */
export async function sqlitePlace(driver: SqliteDriver): Promise<BreakableKVPlace> {
  const folder = await mkdtemp(join(tmpdir(), "motte-kv-"));
  const file = join(folder, "kv.db");
  return {
    open: (clock) => openSqliteKV({ file, driver, clock }),
    breakMedium: async () => {
      const database = await openSqlite(file, { driver });
      database.exec("ALTER TABLE kv RENAME TO broken_kv");
      database.close();
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

export type RedisLibrary = "redis" | "ioredis";

export interface ConnectedRedis extends AsyncDisposable {
  readonly client: RedisClient;
}

/** A client of its own, connected. */
export async function connectTo(library: RedisLibrary, port: number): Promise<ConnectedRedis> {
  const url = `redis://127.0.0.1:${port}`;
  if (library === "redis") {
    const client = createClient({ url, socket: { reconnectStrategy: () => 20 } });
    // A test's faults are meant to happen; they show in the commands that fail.
    client.on("error", () => {});
    await client.connect();
    return { client, [Symbol.asyncDispose]: async () => client.destroy() };
  }
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => 20 });
  client.on("error", () => {});
  await client.connect();
  return { client, [Symbol.asyncDispose]: async () => client.disconnect() };
}

let places = 0;

/** A prefix of its own on a server that many tests share. */
export function redisPlace(client: RedisClient): KVPlace {
  const prefix = `place ${++places}`;
  return {
    open: async (clock) => redisKV(client, { prefix, clock, commandTimeout: seconds(30) }),
    [Symbol.asyncDispose]: async () => {},
  };
}

/** Keyv on a map of its own, or on whatever storage is handed in. */
export function keyvPlace(store: object = new Map()): KVPlace {
  return {
    open: async (clock: Clock) => keyvKV(new Keyv({ store, throwOnErrors: true }), { clock }),
    [Symbol.asyncDispose]: async () => {},
  };
}
