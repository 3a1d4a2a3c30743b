import { type Clock, systemClock } from "@motte/core/clock";
import { UsageError } from "@motte/core/errors";
import { KeyedMutex } from "@motte/core/keyed-mutex";
import { assertKnownOptions } from "@motte/core/options";
import { type Random, systemRandom } from "@motte/core/random";
import { StoreKitError } from "../errors.ts";
import { type Change, type KV, type Stored, isDeletion, namespacePath, stored } from "./kv.ts";
import { OpenCheck } from "./open-check.ts";

/** What is used of an instance of the `keyv` package, version 5. */
export interface KeyvLike {
  readonly throwOnErrors: boolean;
  /** The storage behind it. */
  readonly store: unknown;
  get(key: string): Promise<unknown>;
  getMany(keys: string[]): Promise<readonly unknown[]>;
  set(key: string, value: string, ttl?: number): Promise<unknown>;
  delete(key: string): Promise<unknown>;
}

export interface KeyvKVOptions {
  /** @defaultValue `systemClock` */
  readonly clock?: Clock;
  /** @defaultValue `systemRandom` */
  readonly random?: Random;
}

/**
 * A `KV` on any storage that keyv has an adapter for. Its owner closes it.
 *
 * What keyv cannot promise this cannot either: a write of several keys may be seen, and fail, in part, and two calls
 * for one key may take effect in either order unless the first is awaited. `clear` leaves the entries in the storage,
 * out of reach, until they expire.
 *
 * @throws UsageError for what is no Keyv, and for one that answers a failure as "not there".
 */
export function keyvKV(keyv: KeyvLike, options: KeyvKVOptions = {}): KV {
  assertKnownOptions("keyvKV()", options, ["clock", "random"]);
  if (typeof keyv?.getMany !== "function" || typeof keyv.set !== "function") {
    throw new UsageError("USAGE_INVALID_OPTION", "This is no Keyv: pass new Keyv(…) of keyv 5");
  }
  if (!keyv.throwOnErrors) {
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      "This Keyv answers a failure as if the key were not there: make it with throwOnErrors: true",
    );
  }
  const { clock = systemClock, random = systemRandom } = options;
  const open = new OpenCheck("The keyv KV");
  return partOf({ keyv, clock, random, open, writes: new KeyedMutex() }, []);
}

interface Shared {
  readonly keyv: KeyvLike;
  readonly clock: Clock;
  readonly random: Random;
  readonly open: OpenCheck;
  // keyv works on a value before it stores it, so calls could overtake each other.
  readonly writes: KeyedMutex;
}

function partOf(shared: Shared, names: readonly string[]): KV {
  const { keyv, clock, random, open, writes } = shared;
  const path = namespacePath(names);
  // keyv can only clear all of its storage. A namespace is cleared by going on under another generation, whose name
  // is kept in the storage.
  const generationKey = `generation ${path}`;
  const nameIn = (generation: string, key: string): string => `${generation} ${path} ${key}`;
  const generation = async (): Promise<string | undefined> => {
    const found = await answer(() => keyv.get(generationKey));
    return typeof found === "string" ? found : undefined;
  };
  const startGeneration = async (): Promise<string> => {
    const started = random.bytes(9).toString("base64url");
    await answer(() => keyv.set(generationKey, started, 0));
    return started;
  };

  return {
    name: "keyv",
    capabilities: { atomicWrite: false, persistent: true },
    getMany: async (keys) => {
      open.assertOpen();
      const current = await generation();
      if (current === undefined) return new Map();
      const unique = [...new Set(keys)];
      const values = await readAll(
        keyv,
        unique.map((key) => nameIn(current, key)),
      );
      const found = new Map<string, Stored>();
      unique.forEach((key, index) => {
        const entry = unpack(values[index]);
        if (entry && (entry.expiresAtMs ?? Infinity) > clock.now()) found.set(key, entry);
      });
      return found;
    },
    write: async (changes) => {
      open.assertOpen();
      const last = new Map(changes.map((change) => [change.key, change]));
      await writes.run(path, async () => {
        const current = (await generation()) ?? (await startGeneration());
        await answer(() =>
          Promise.all(
            [...last.values()].map((change) => put(shared, nameIn(current, change.key), change)),
          ),
        );
      });
    },
    clear: async () => {
      open.assertOpen();
      await writes.run(path, startGeneration);
    },
    namespace: (name) => partOf(shared, [...names, name]),
    close: async () => {
      if (names.length === 0) open.close();
    },
  };
}

async function put({ keyv, clock }: Shared, name: string, change: Change): Promise<void> {
  const { value, expiresAtMs } = change;
  const nowMs = clock.now();
  if (value === undefined || isDeletion(change, nowMs)) {
    await keyv.delete(name);
    return;
  }
  // 0 is "no end" to keyv, and without a number it takes its own default.
  const ttlMs = expiresAtMs === undefined ? 0 : Math.ceil(expiresAtMs - nowMs);
  const packed = `${expiresAtMs ?? ""}:${Buffer.from(value).toString("base64")}`;
  if ((await keyv.set(name, packed, ttlMs)) === false) {
    throw new Error("keyv did not set the key");
  }
}

function unpack(found: unknown): Stored | undefined {
  if (found === undefined || found === null) return undefined;
  const [, expiresAt, base64] = (typeof found === "string" && PACKED.exec(found)) || [];
  if (base64 === undefined) {
    throw new StoreKitError("STORE_KIT_BODY_UNREADABLE", "keyv answered with what was not stored");
  }
  return stored(Buffer.from(base64, "base64"), expiresAt ? Number(expiresAt) : undefined);
}

const PACKED = /^([\d.]*):([A-Za-z0-9+/=]*)$/;

// keyv's own getMany takes a failed read for a missing key, unless the storage has a getMany of its own.
function readAll(keyv: KeyvLike, names: string[]): Promise<readonly unknown[]> {
  const { store } = keyv;
  const readsMany = typeof store === "object" && store !== null && "getMany" in store;
  return answer(() =>
    readsMany ? keyv.getMany(names) : Promise.all(names.map((name) => keyv.get(name))),
  );
}

async function answer<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new StoreKitError(
      "STORE_KIT_UNAVAILABLE",
      "The storage behind keyv could not be read or written: see the cause",
      { cause: error, retryable: true },
    );
  }
}
