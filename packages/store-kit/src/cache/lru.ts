import { type Clock, systemClock } from "@motte/core/clock";
import { UsageError } from "@motte/core/errors";
import { assertKnownOptions, integerOption } from "@motte/core/options";
import { LRUCache } from "lru-cache";
import type { Millis } from "../millis.ts";

/** A bounded cache in this process. Values are shared, not copied: treat them as immutable. */
export interface SyncCache<V> {
  /** The live value, or `undefined`. Makes `key` the most recently used. */
  get(key: string): V | undefined;
  /** Stores `value`, or drops `key` when that is `undefined`, too large, or its life is already over. */
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
   * How long one clock reading serves, in milliseconds, which makes a hit as cheap as without a life. An entry then
   * ends up to this much early, and late only while the process is kept from its timers. `0` reads the clock for each
   * hit. Less than `ttl`. @defaultValue half a millisecond: on a clock of whole milliseconds that is exact
   */
  readonly ttlResolution?: Millis;
  /** @defaultValue `systemClock` */
  readonly clock?: Clock;
  /** Called once an entry has left, when the cache is consistent again. */
  readonly onEvict?: (key: string, value: V, why: EvictReason) => void;
}

/** A timer is no finer than twice that. */
const DEFAULT_RESOLUTION_MS = 0.5;
// The next number below a life: lru-cache keeps an entry for as long as its age is not more than its life.
const JUST_BELOW = 1 - Number.EPSILON / 2;

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
 * clock back revives nothing. A hit starts a timer of `ttlResolution`, which keeps no process alive.
 *
 * @throws UsageError for a bound that makes no sense.
 */
export function lru<V>(options: LruOptions<V> = {}): SyncCache<V> {
  assertKnownOptions("lru()", options, LRU_OPTIONS);
  return new LruCache(options);
}

class LruCache<V> implements SyncCache<V> {
  readonly #entries: LRUCache<string, NonNullable<V>>;
  readonly #clock: Clock;
  readonly #resolutionMs: number;
  readonly #ttlMs: number;
  readonly #max: number;
  readonly #bytesOf: ((value: V, key: string) => number) | undefined;
  // lru-cache takes a start of 0 for "no life": the first moment is 1.
  readonly #beginningMs: number;
  #atMostMs = 0;
  readonly #forget = (): void => {
    this.#atMostMs = 0;
  };

  constructor(options: LruOptions<V>) {
    const { clock = systemClock, ttl = Infinity, bytesOf, onEvict } = options;
    const max = integerOption("max", options.max ?? 10_000, { min: 1 });
    const { ttlResolution = ttl > DEFAULT_RESOLUTION_MS ? DEFAULT_RESOLUTION_MS : 0 } = options;
    if (!(ttlResolution >= 0 && ttlResolution < Math.max(ttl, 1))) {
      throw new UsageError("USAGE_INVALID_OPTION", "ttlResolution must be less than ttl");
    }
    this.#clock = clock;
    this.#beginningMs = clock.monotonic() - 1;
    this.#resolutionMs = ttlResolution;
    this.#ttlMs = ttl;
    this.#max = max;
    this.#bytesOf = options.maxBytes === undefined ? undefined : requireBytesOf(bytesOf);
    this.#entries = new LRUCache({
      // Not its `max`, for which it takes the room of all entries at once: an account has a dozen caches, most of them
      // nearly empty, and a process hundreds of accounts.
      ...(byteBounds(options) ?? { maxSize: max }),
      // Its own way of reading the clock less often is a real timer, whatever the clock.
      perf: { now: () => (this.#atMostMs === 0 ? this.#readAtMost() : this.#atMostMs) },
      ttlResolution: 0,
      ...(onEvict && {
        // Only a fetching cache disposes for "fetch", and this one loads nothing by itself.
        disposeAfter: (value, key, why) => onEvict(key, value, why === "fetch" ? "evict" : why),
      }),
    });
  }

  get(key: string): V | undefined {
    return this.#entries.get(key);
  }

  set(key: string, value: V, options: CacheSetOptions = {}): void {
    const { ttl = this.#ttlMs } = options;
    if (!(ttl > 0) || !isHeld(value)) {
      this.#entries.delete(key);
      return;
    }
    const life = ttl === Infinity ? { ttl: 0 } : { ttl: ttl * JUST_BELOW, start: this.#read() };
    if (this.#bytesOf === undefined) {
      this.#entries.set(key, value, { ...life, size: 1 });
      return;
    }
    const bytes = options.bytes ?? this.#bytesOf(value, key);
    // lru-cache counts from 1 byte up.
    const size = Math.max(1, integerOption("bytes of a cache entry", bytes, { min: 0 }));
    this.#entries.set(key, value, { ...life, size });
    while (this.#entries.size > this.#max) this.#entries.pop();
  }

  delete(key: string): boolean {
    return this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }

  keys(): IterableIterator<string> {
    // Those past their life are held until somebody looks.
    this.#entries.allowStale = true;
    try {
      return [...this.#entries.keys()].values();
    } finally {
      this.#entries.allowStale = false;
    }
  }

  get size(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#bytesOf === undefined ? 0 : this.#entries.calculatedSize;
  }

  #read(): number {
    return this.#clock.monotonic() - this.#beginningMs;
  }

  /** The latest that it can be until the clock is read again. */
  #readAtMost(): number {
    const atMostMs = this.#read() + this.#resolutionMs;
    if (this.#resolutionMs > 0) {
      this.#atMostMs = atMostMs;
      this.#clock.after(this.#resolutionMs, this.#forget);
    }
    return atMostMs;
  }
}

// lru-cache takes only `undefined` for no value, whatever its types say: `null` is one.
function isHeld<V>(value: V): value is NonNullable<V> {
  return value !== undefined;
}

function byteBounds<V>(
  options: LruOptions<V>,
): { readonly maxSize: number; readonly maxEntrySize: number } | undefined {
  const { maxBytes, maxEntryBytes } = options;
  if (maxBytes === undefined) return undefined;
  const maxSize = integerOption("maxBytes", maxBytes, { min: 1 });
  const share = maxEntryBytes ?? Math.max(1, Math.floor(maxSize / 8));
  return { maxSize, maxEntrySize: integerOption("maxEntryBytes", share, { min: 1, max: maxSize }) };
}

function requireBytesOf<F>(bytesOf: F | undefined): F {
  if (bytesOf !== undefined) return bytesOf;
  throw new UsageError("USAGE_INVALID_OPTION", "maxBytes needs bytesOf, which counts one entry");
}
