import type { PossiblyExtendedCacheStore } from "@whiskeysockets/baileys";
import { StoreKitError } from "../errors.ts";
import { type ErrorSink, totalSink } from "../error-sink.ts";
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
  /** @defaultValue a process warning */
  readonly onError?: ErrorSink;
}

/**
 * A `SyncCache` in the shape Baileys takes.
 *
 * Total: no method throws or rejects, since Baileys awaits some of them where a rejection ends the process
 * (messages-recv.js: the timer of `requestPlaceholderResend`) or fails a send (messages-send.js:
 * `getUSyncDevices`). Has no `close` on purpose: Baileys closes only caches it made, and this one is meant to
 * outlive the socket.
 */
export function asCacheStore<V>(
  cache: SyncCache<V>,
  options: CacheStoreOptions<V>,
): Required<Omit<PossiblyExtendedCacheStore, "close">> {
  const { account, namespace, guard } = options;
  const report = totalSink(options.onError);
  // A JSON array ends where it says it ends, so no key, account or namespace can reach into another prefix.
  const prefix = JSON.stringify([account, namespace]);

  const failed = (error: unknown): undefined => {
    report(
      new StoreKitError("STORE_KIT_CACHE_FAILED", `The cache ${namespace} failed`, {
        cause: error,
      }),
    );
    return undefined;
  };
  const total = <R>(work: () => R): R | undefined => {
    try {
      return work();
    } catch (error) {
      return failed(error);
    }
  };

  const keep = (key: string, value: V | undefined): void => {
    if (value === undefined) cache.delete(prefix + key);
    else cache.set(prefix + key, value);
  };
  const set = (key: string, value: unknown): void | Promise<void> =>
    total(() => {
      const kept = guard(key, value);
      if (!(kept instanceof Promise)) return keep(key, kept);
      return kept.then((late) => keep(key, late)).catch(failed);
    });
  const read = (key: string): V | undefined => total(() => cache.get(prefix + key));

  return {
    // Baileys' `T` is the caller's word for it; the guard decided what is inside.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion, typescript/no-unnecessary-type-parameters
    get: <T>(key: string) => read(key) as T | undefined,
    set,
    del: (key) => total(() => cache.delete(prefix + key)) ?? false,
    flushAll: () => {
      total(() => {
        const own = [...cache.keys()].filter((key) => key.startsWith(prefix));
        for (const key of own) cache.delete(key);
      });
    },
    mget: async <T>(keys: string[]) => {
      // No prototype: a key such as `constructor` must not find one.
      const found: Record<string, T | undefined> = Object.create(null);
      for (const key of new Set(keys)) {
        const value = read(key);
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as in `get`
        if (value !== undefined) found[key] = value as T & V;
      }
      return found;
    },
    mset: async (entries) => {
      for (const { key, value } of entries) await set(key, value);
    },
    mdel: (keys) => {
      for (const key of keys) total(() => cache.delete(prefix + key));
    },
  };
}
