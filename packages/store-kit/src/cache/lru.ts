import { type Clock, systemClock } from "@motte/core/clock";
import { UsageError } from "@motte/core/errors";
import { assertKnownOptions, integerOption } from "@motte/core/options";
import { LRUCache } from "lru-cache";
import type { Millis } from "../millis.ts";

/** A bounded cache in this process. Values are shared, not copied: treat them as immutable. */
export interface SyncCache<V> {
  /** The live value, or `undefined`. Makes `key` the most recently used. */
  get(key: string): V | undefined;
  /** Stores `value`, or drops `key` when the value is too large or its life is already over. */
  set(key: string, value: V, options?: CacheSetOptions): void;
  /** True when `key` was there. */
  delete(key: string): boolean;
  clear(): void;
  /** Every key held, most recently used first. */
  keys(): IterableIterator<string>;
  /** Entries held. An expired one counts until it is looked up or pushed out. */
  readonly size: number;
  /** Bytes held, as `bytesOf` counts them; 0 without `maxBytes`. */
  readonly bytes: number;
}

export interface CacheSetOptions {
  /** This entry's life. @defaultValue the cache's `ttl` */
  readonly ttl?: Millis;
  /** This entry's size. @defaultValue what `bytesOf` answers */
  readonly bytes?: number;
}

/** Why an entry left: pushed out by a bound, past its life, deleted, or replaced. */
export type EvictReason = "evict" | "expire" | "delete" | "set";

export interface LruOptions<V> {
  /** Most entries held. @defaultValue `10_000` */
  readonly max?: number;
  /** Most bytes held. Needs `bytesOf`. @defaultValue no bound */
  readonly maxBytes?: number;
  readonly bytesOf?: (value: V, key: string) => number;
  /** A larger entry is refused, so that one cannot flush the rest. @defaultValue an eighth of `maxBytes` */
  readonly maxEntryBytes?: number;
  /** How long an entry lives from its last `set`. @defaultValue no limit */
  readonly ttl?: Millis;
  /**
   * How long one clock reading serves, which makes a hit cheaper. An entry then ends up to this much early, and late only
   * while the process is kept from its timers. Less than `ttl`. @defaultValue `0`, exact
   */
  readonly ttlResolution?: Millis;
  /** @defaultValue `systemClock` */
  readonly clock?: Clock;
  /** Called once an entry has left, when the cache is consistent again. */
  readonly onEvict?: (key: string, value: V, why: EvictReason) => void;
}

/** A value with an end. One without is held as it is: a wrapper would double what a hit costs. */
class Expiring<V> {
  readonly value: V;
  readonly expiresAtMs: number;

  constructor(value: V, expiresAtMs: number) {
    this.value = value;
    this.expiresAtMs = expiresAtMs;
  }
}

const LRU_OPTIONS = [
  "max",
  "maxBytes",
  "bytesOf",
  "maxEntryBytes",
  "ttl",
  "ttlResolution",
  "clock",
  "onEvict",
] as const satisfies readonly (keyof LruOptions<unknown>)[];

/**
 * A least-recently-used cache, bounded in entries and optionally in bytes and time.
 *
 * An entry is visible while its age, on the clock's monotonic reading, is less than its life: setting the wall
 * clock back revives nothing. Starts no timer unless `ttlResolution` is set.
 *
 * @throws UsageError for a bound that makes no sense.
 */
export function lru<V>(options: LruOptions<V> = {}): SyncCache<V> {
  assertKnownOptions("lru()", options, LRU_OPTIONS);
  return new LruCache(options);
}

class LruCache<V> implements SyncCache<V> {
  readonly #entries: LRUCache<string, NonNullable<V> | Expiring<V>>;
  readonly #clock: Clock;
  // Never less than it is, as long as timers fire when they are due.
  readonly #atMostMs: () => number;
  readonly #ttlMs: number;
  readonly #bytesOf: ((value: V, key: string) => number) | undefined;
  #expiring = false;

  constructor(options: LruOptions<V>) {
    const { clock = systemClock, ttl = Infinity, ttlResolution = 0, bytesOf, onEvict } = options;
    const max = integerOption("max", options.max ?? 10_000, { min: 1 });
    if (!(ttlResolution >= 0 && ttlResolution < Math.max(ttl, 1))) {
      throw new UsageError("USAGE_INVALID_OPTION", "ttlResolution must be less than ttl");
    }
    this.#clock = clock;
    this.#atMostMs = ttlResolution > 0 ? coarse(clock, ttlResolution) : () => clock.monotonic();
    this.#ttlMs = ttl;
    this.#bytesOf = options.maxBytes === undefined ? undefined : requireBytesOf(bytesOf);
    // lru-cache keeps the recency list and the byte count. Its own time-to-live is not used: it caches the clock
    // with a real timer, takes a start of 0 for "no limit", and keeps an entry one tick past its life.
    this.#entries = new LRUCache({
      max,
      ...byteBounds(options),
      ...(onEvict && {
        disposeAfter: (held, key, reason) => onEvict(key, valueOf(held), this.#why(reason)),
      }),
    });
  }

  get(key: string): V | undefined {
    const held = this.#entries.get(key);
    if (!(held instanceof Expiring)) return held;
    if (this.#atMostMs() < held.expiresAtMs) return held.value;
    this.#expire(key);
    return undefined;
  }

  set(key: string, value: V, options: CacheSetOptions = {}): void {
    const { ttl = this.#ttlMs } = options;
    if (!(ttl > 0)) {
      this.#entries.delete(key);
      return;
    }
    const held =
      ttl === Infinity && isPresent(value)
        ? value
        : new Expiring(value, this.#clock.monotonic() + ttl);
    if (this.#bytesOf === undefined) {
      this.#entries.set(key, held);
      return;
    }
    const bytes = options.bytes ?? this.#bytesOf(value, key);
    // lru-cache counts from 1 byte up.
    const size = Math.max(1, integerOption("bytes of a cache entry", bytes, { min: 0 }));
    this.#entries.set(key, held, { size });
  }

  delete(key: string): boolean {
    return this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }

  keys(): IterableIterator<string> {
    return this.#entries.keys();
  }

  get size(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#entries.calculatedSize;
  }

  #expire(key: string): void {
    this.#expiring = true;
    try {
      this.#entries.delete(key);
    } finally {
      this.#expiring = false;
    }
  }

  #why(reason: LRUCache.DisposeReason): EvictReason {
    if (this.#expiring) return "expire";
    // Only a fetching cache disposes for "fetch", and this one loads nothing by itself.
    return reason === "fetch" ? "evict" : reason;
  }
}

function valueOf<V>(held: V | Expiring<V>): V {
  return held instanceof Expiring ? held.value : held;
}

// lru-cache takes `undefined` for a deletion.
function isPresent<V>(value: V): value is NonNullable<V> {
  return value !== undefined && value !== null;
}

/** Reads the clock at most once in `resolutionMs`, and answers the latest that it can be until the next reading. */
function coarse(clock: Clock, resolutionMs: number): () => number {
  let atMostMs: number | undefined;
  return () => {
    if (atMostMs === undefined) {
      atMostMs = clock.monotonic() + resolutionMs;
      clock.after(resolutionMs, () => {
        atMostMs = undefined;
      });
    }
    return atMostMs;
  };
}

function byteBounds<V>(options: LruOptions<V>): { maxSize?: number; maxEntrySize?: number } {
  const { maxBytes, maxEntryBytes } = options;
  if (maxBytes === undefined) return {};
  const maxSize = integerOption("maxBytes", maxBytes, { min: 1 });
  const share = maxEntryBytes ?? Math.max(1, Math.floor(maxSize / 8));
  return { maxSize, maxEntrySize: integerOption("maxEntryBytes", share, { min: 1, max: maxSize }) };
}

function requireBytesOf<F>(bytesOf: F | undefined): F {
  if (bytesOf !== undefined) return bytesOf;
  throw new UsageError("USAGE_INVALID_OPTION", "maxBytes needs bytesOf, which counts one entry");
}
