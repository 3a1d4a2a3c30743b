import type { PossiblyExtendedCacheStore } from "@whiskeysockets/baileys";
import { assertKnownOptions } from "@motte/core/options";
import { StoreKitError } from "../errors.ts";
import { type ErrorSink, totalSink } from "../error-sink.ts";
import type { AsyncCache } from "./async-cache.ts";
import type { SyncCache } from "./lru.ts";

/** The value as it may be kept, or `undefined` to refuse it. */
export type CacheGuard<V> = (key: string, value: unknown) => V | undefined | Promise<V | undefined>;

export interface CacheStoreOptions<V> {
  /** Whose cache this is. Two accounts of one process ask for the same keys. */
  readonly account: string;
  /** What the cache holds. `flushAll` empties this namespace of this account only. */
  readonly namespace: string;
  /** Decides what may be kept. A refused value drops the key: a miss is safe, a bad value is not. */
  readonly guard: CacheGuard<V>;
  /**
   * Nothing else uses the cache, so that keys need no prefix, which costs more than the lookup; `flushAll` then
   * clears all of it. An `AsyncCache` is always taken to be one. @defaultValue `false`
   */
  readonly exclusive?: boolean;
  /** @defaultValue a process warning */
  readonly onError?: ErrorSink;
}

/** What Baileys takes, with all it may ask for and without `close`. */
export type BaileysCacheStore = Required<Omit<PossiblyExtendedCacheStore, "close">>;

/**
 * A cache in the shape Baileys takes.
 *
 * Total: no method throws or rejects, since Baileys awaits some of them where a rejection ends the process
 * (messages-recv.js: the timer of `requestPlaceholderResend`) or fails a send (messages-send.js:
 * `getUSyncDevices`). What is in this process is answered without a promise. Has no `close` on purpose: Baileys
 * closes only caches it made, and this one is meant to outlive the socket.
 *
 * A `SyncCache` may be shared by several namespaces. An `AsyncCache` belongs to this one alone, and `flushAll` clears
 * all of it.
 *
 * @throws UsageError when an option is misspelt.
 */
export function asCacheStore<V>(
  cache: SyncCache<V> | AsyncCache<V>,
  options: CacheStoreOptions<V>,
): BaileysCacheStore {
  assertKnownOptions("asCacheStore()", options, [
    "account",
    "namespace",
    "guard",
    "exclusive",
    "onError",
  ]);
  const { account, namespace, guard } = options;
  const report = totalSink(options.onError);
  const failed = (error: unknown): undefined => {
    report(
      new StoreKitError("STORE_KIT_CACHE_FAILED", `The cache ${namespace} failed`, {
        cause: error,
      }),
    );
    return undefined;
  };
  const levels =
    "getMany" in cache
      ? asyncLevel(cache, failed)
      : // A JSON array ends where it says it ends, so no key, account or namespace can reach into another prefix.
        syncLevel(cache, options.exclusive ? "" : JSON.stringify([account, namespace]));

  /** The outcome of `work`; `otherwise` when it throws or rejects. */
  const total = <R>(work: () => R | Promise<R>, otherwise: R): R | Promise<R> => {
    try {
      const result = work();
      if (!(result instanceof Promise)) return result;
      return result.catch((error: unknown) => {
        failed(error);
        return otherwise;
      });
    } catch (error) {
      failed(error);
      return otherwise;
    }
  };
  const guarded = (key: string, value: unknown): V | undefined | Promise<V | undefined> =>
    total(() => guard(key, value), undefined);

  // As `total`, written out: most hits are answered here, and calling it would cost as much as the lookup.
  const found = (key: string): V | undefined | Promise<V | undefined> => {
    try {
      return levels.get(key);
    } catch (error) {
      return failed(error);
    }
  };

  return {
    // Baileys' `T` is the caller's word for it; the guard decided what is inside.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion, typescript/no-unnecessary-type-parameters
    get: <T>(key: string) => found(key) as T | undefined,
    set: (key, value) => {
      const kept = guarded(key, value);
      if (!(kept instanceof Promise)) return total(() => levels.keep([[key, kept]]), undefined);
      return kept.then((late) => total(() => levels.keep([[key, late]]), undefined));
    },
    del: (key) => total(() => levels.delete([key]), undefined),
    flushAll: () => total(() => levels.clear(), undefined),
    mget: async <T>(keys: string[]) => {
      // No prototype: a key such as `constructor` must not find one.
      const present: Record<string, T | undefined> = Object.create(null);
      const values = await total(() => levels.getMany(keys), new Map<string, V>());
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as in `get`
      for (const [key, value] of values) present[key] = value as T & V;
      return present;
    },
    mset: async (entries) => {
      const kept = await Promise.all(
        entries.map(async ({ key, value }) => [key, await guarded(key, value)] as const),
      );
      await total(() => levels.keep(kept), undefined);
    },
    mdel: (keys) => total(() => levels.delete(keys), undefined),
  };
}

type MaybePromise<T> = T | Promise<T>;

/** What both kinds of cache can do. `undefined` for a value drops its key. */
interface Level<V> {
  /** Never rejects. */
  get(key: string): MaybePromise<V | undefined>;
  getMany(keys: readonly string[]): MaybePromise<ReadonlyMap<string, V>>;
  keep(entries: readonly (readonly [string, V | undefined])[]): MaybePromise<void>;
  delete(keys: readonly string[]): MaybePromise<void>;
  clear(): MaybePromise<void>;
}

function syncLevel<V>(cache: SyncCache<V>, prefix: string): Level<V> {
  const drop = (key: string): boolean => cache.delete(prefix + key);
  return {
    get: (key) => cache.get(prefix + key),
    getMany: (keys) => {
      const found = new Map<string, V>();
      for (const key of keys) {
        const value = cache.get(prefix + key);
        if (value !== undefined) found.set(key, value);
      }
      return found;
    },
    keep: (entries) => {
      for (const [key, value] of entries) {
        if (value === undefined) drop(key);
        else cache.set(prefix + key, value);
      }
    },
    delete: (keys) => keys.forEach(drop),
    clear: () => {
      const own = [...cache.keys()].filter((key) => key.startsWith(prefix));
      for (const key of own) cache.delete(key);
    },
  };
}

function asyncLevel<V>(cache: AsyncCache<V>, failed: (error: unknown) => undefined): Level<V> {
  return {
    get: (key) => cache.peek?.(key) ?? cache.get(key).catch(failed),
    getMany: (keys) => cache.getMany(keys),
    keep: async (entries) => {
      const kept: [string, V][] = [];
      const dropped: string[] = [];
      for (const [key, value] of entries) {
        if (value === undefined) dropped.push(key);
        else kept.push([key, value]);
      }
      if (kept.length > 0) await cache.setMany(kept);
      if (dropped.length > 0) await cache.deleteMany(dropped);
    },
    delete: (keys) => cache.deleteMany(keys),
    clear: () => cache.clear(),
  };
}
