import { UsageError } from "@motte/core/errors";
import { assertKnownOptions } from "@motte/core/options";
import type { SyncCache } from "./lru.ts";

/** What is used of a cache of `@cacheable/node-cache` or `node-cache`: lives are in seconds there. */
export interface NodeCacheLike<V> {
  get(key: string): V | undefined;
  set(key: string, value: V, ttlSeconds?: number): unknown;
  del(key: string): number;
  keys(): readonly string[];
  flushAll(): void;
}

export interface FromNodeCacheOptions {
  /** What this cache's keys begin with in there, so that it may be shared. @defaultValue none: it is this one's own */
  readonly prefix?: string;
}

/**
 * A cache that a bot has already, as the first level of `tiered` or under `asCacheStore`.
 *
 * Lives given here are milliseconds, and the cache's own `stdTTL` counts where none is given. One that is full
 * (`maxKeys`) keeps nothing new, and forgets what it had under the key rather than answer with the past. Its entries end
 * by the wall clock, and `keys()` are in no order of use; what `useClones` copies is no longer shared.
 *
 * @throws UsageError for what is no such cache.
 */
export function fromNodeCache<V>(
  cache: NodeCacheLike<V>,
  options: FromNodeCacheOptions = {},
): SyncCache<V> {
  assertKnownOptions("fromNodeCache()", options, ["prefix"]);
  const { prefix = "" } = options;
  assertNodeCache(cache);
  const own = (): readonly string[] => cache.keys().filter((key) => key.startsWith(prefix));
  return {
    get: (key) => cache.get(prefix + key),
    set: (key, value, { ttl } = {}) => {
      // To a NodeCache 0 means for ever.
      if (ttl === 0) cache.del(prefix + key);
      else keep(cache, prefix + key, value, ttl);
    },
    delete: (key) => cache.del(prefix + key) > 0,
    clear: () => {
      if (prefix === "") cache.flushAll();
      else for (const key of own()) cache.del(key);
    },
    *keys() {
      for (const key of own()) yield key.slice(prefix.length);
    },
    get size() {
      return own().length;
    },
    bytes: 0,
  };
}

function keep<V>(cache: NodeCacheLike<V>, key: string, value: V, ttlMs: number | undefined): void {
  // A full one refuses a key that it has, too.
  cache.del(key);
  try {
    if (ttlMs === undefined) cache.set(key, value);
    else cache.set(key, value, ttlMs / 1000);
  } catch (error) {
    if (!isFull(error)) throw error;
  }
}

// Both libraries say ECACHEFULL in these words; only one of them gives the code as well.
function isFull(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("Cache max keys amount exceeded");
}

function assertNodeCache(cache: unknown): void {
  const has = (name: string): boolean =>
    typeof cache === "object" && cache !== null && typeof Reflect.get(cache, name) === "function";
  if (["get", "set", "del", "keys", "flushAll"].every(has)) return;
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    "This is no NodeCache: pass an instance of @cacheable/node-cache or node-cache; its NodeCacheStore answers promises and does not fit",
  );
}
