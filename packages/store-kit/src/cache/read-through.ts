import { type Clock, systemClock } from "@motte/core/clock";
import { DeadlineError } from "@motte/core/deadline";
import { UsageError } from "@motte/core/errors";
import { assertKnownOptions, integerOption } from "@motte/core/options";
import { type Random, systemRandom } from "@motte/core/random";
import { type ErrorSink, totalSink } from "../error-sink.ts";
import { type Millis, milliseconds, minutes, seconds } from "../millis.ts";
import { LoadLimiter } from "./load-limiter.ts";
import { type SyncCache, lru } from "./lru.ts";

/** What a load may want to know. */
export interface LoadContext<V> {
  /** Aborted when nobody waits any more: the load took longer than `loadTimeout`. */
  readonly signal: AbortSignal;
  /** The value that was there, too old to be served as fresh. */
  readonly stale: V | undefined;
}

export interface ReadThroughOptions<V> {
  /** Fetches a value; `undefined` when there is none. */
  readonly load: (key: string, context: LoadContext<V>) => Promise<V | undefined>;
  /** How long a value is fresh. */
  readonly ttl: Millis | ((value: V, key: string) => Millis);
  /** `ttl` varies by this share up and down, so that what was loaded together is not due together. @defaultValue `0.1` */
  readonly jitter?: number;
  /** How long "there is none" is remembered. @defaultValue `0`, not at all */
  readonly negativeTtl?: Millis;
  /** How long after its `ttl` a value is served at once while a new one is loaded. @defaultValue `0` */
  readonly staleWhileRevalidate?: Millis;
  /** How long after its `ttl` a value is served when the load fails. @defaultValue `0` */
  readonly staleIfError?: Millis;
  /**
   * How long a caller waits for a load, its turn included; not at all when none may start in that time, since the
   * server refused. @defaultValue `seconds(30)`
   */
  readonly loadTimeout?: Millis;
  /** Most loads at a time. @defaultValue no bound */
  readonly maxConcurrentLoads?: number;
  /** Least time from one load to the next. Doubled when the server refuses. @defaultValue `0` */
  readonly minLoadInterval?: Millis;
  /** Longest such time. @defaultValue `minutes(15)` */
  readonly maxLoadInterval?: Millis;
  /** Whether a load's error asks for fewer loads. @defaultValue a 429 as Baileys reports it */
  readonly isRefusal?: (error: unknown) => boolean;
  /** Most entries held. @defaultValue `10_000` */
  readonly max?: number;
  /** Most bytes held; needs `bytesOf`. @defaultValue no bound */
  readonly maxBytes?: number;
  readonly bytesOf?: (value: V, key: string) => number;
  /** Hears of loads that failed while a stale value was served. @defaultValue a process warning */
  readonly onError?: ErrorSink;
  /** @defaultValue `systemClock` */
  readonly clock?: Clock;
  /** @defaultValue `systemRandom` */
  readonly random?: Random;
}

export interface InvalidateOptions {
  /** The value is out of date but not wrong: it may be served while a new one is loaded. @defaultValue `false` */
  readonly soft?: boolean;
}

export interface ReadThroughStats {
  /** Answered from a fresh value. */
  readonly hits: number;
  /** Answered from a value past its `ttl`. */
  readonly stale: number;
  /** Had to wait for a load. */
  readonly misses: number;
  /** Answered from the memory that there is none. */
  readonly negative: number;
  readonly loads: number;
  readonly loadErrors: number;
  /** Loads whose value was not kept, since the key was changed meanwhile. */
  readonly discardedLoads: number;
  /** Loads that run or wait for their turn now. */
  readonly inflight: number;
  /** Entries held. */
  readonly size: number;
}

/** A cache that loads what it lacks. */
export interface ReadThrough<V> {
  /** The value, loaded if need be. Rejects only as the load does, and never since somebody else changed the key. */
  get(key: string): Promise<V | undefined>;
  /** What `get` would answer at once, or `undefined`. Loads nothing. */
  peek(key: string): V | undefined;
  /** Those of `keys` that have a value. Rejects when one of the loads fails. */
  getMany(keys: readonly string[]): Promise<ReadonlyMap<string, V>>;
  /** Puts a fresh value in place. A load that is under way is not kept. */
  put(key: string, value: V, options?: { readonly ttl?: Millis }): void;
  /** Nothing loaded or put before is served after this, or, softly, only as stale. */
  invalidate(key: string, options?: InvalidateOptions): void;
  /** As `invalidate` for every key, or for those whose value satisfies `where`. */
  invalidateAll(
    options?: InvalidateOptions & { readonly where?: (value: V, key: string) => boolean },
  ): void;
  stats(): ReadThroughStats;
}

const OPTIONS = [
  "load",
  "ttl",
  "jitter",
  "negativeTtl",
  "staleWhileRevalidate",
  "staleIfError",
  "loadTimeout",
  "maxConcurrentLoads",
  "minLoadInterval",
  "maxLoadInterval",
  "isRefusal",
  "max",
  "maxBytes",
  "bytesOf",
  "onError",
  "clock",
  "random",
] as const satisfies readonly (keyof ReadThroughOptions<unknown>)[];

/**
 * A bounded cache in front of `load`.
 *
 * One load per key at a time, however many ask. A load that was overtaken by `put` or `invalidate` still answers those
 * who wait for it, but is not kept, and whoever asks later gets a new one.
 *
 * @throws UsageError for an option that makes no sense.
 */
export function readThrough<V>(options: ReadThroughOptions<V>): ReadThrough<V> {
  assertKnownOptions("readThrough()", options, OPTIONS);
  return new LoadingCache(options);
}

type Slot<V> =
  | { readonly kind: "value"; readonly value: V; freshUntilMs: number }
  | { readonly kind: "none"; readonly freshUntilMs: number };

class LoadingCache<V> implements ReadThrough<V> {
  readonly #options: ReadThroughOptions<V>;
  readonly #slots: SyncCache<Slot<V>>;
  readonly #limiter: LoadLimiter;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #report: ErrorSink;
  readonly #revalidateMs: number;
  readonly #ifErrorMs: number;
  readonly #keptMs: number;
  readonly #timeoutMs: number;
  // The load that whoever asks now may wait for. One that was overtaken is no longer in here: that is all it takes
  // to keep its value out.
  readonly #flights = new Map<string, Promise<V | undefined>>();
  readonly #counts = { hits: 0, stale: 0, misses: 0, negative: 0, loads: 0 };
  readonly #loadCounts = { loadErrors: 0, discardedLoads: 0, inflight: 0 };

  constructor(options: ReadThroughOptions<V>) {
    const { max, maxBytes, bytesOf, clock = systemClock, random = systemRandom } = options;
    const { staleWhileRevalidate = 0, staleIfError = 0, jitter = 0.1 } = options;
    if (!(jitter >= 0 && jitter < 1)) {
      throw new UsageError("USAGE_INVALID_OPTION", "jitter must be at least 0 and less than 1");
    }
    this.#options = options;
    this.#clock = clock;
    this.#random = random;
    this.#report = totalSink(options.onError);
    this.#revalidateMs = staleWhileRevalidate;
    this.#ifErrorMs = staleIfError;
    this.#keptMs = Math.max(staleWhileRevalidate, staleIfError);
    this.#timeoutMs = options.loadTimeout ?? seconds(30);
    this.#slots = lru<Slot<V>>({
      clock,
      ...(max !== undefined && { max }),
      ...(maxBytes !== undefined && { maxBytes }),
      ...(bytesOf && {
        bytesOf: (slot: Slot<V>, key: string) =>
          slot.kind === "value" ? bytesOf(slot.value, key) : key.length,
      }),
    });
    this.#limiter = new LoadLimiter({
      concurrency: integerOption(
        "maxConcurrentLoads",
        options.maxConcurrentLoads ?? Number.MAX_SAFE_INTEGER,
        { min: 1 },
      ),
      intervalMs: options.minLoadInterval ?? 0,
      maxIntervalMs: Math.max(options.maxLoadInterval ?? minutes(15), options.minLoadInterval ?? 0),
      isRefusal: options.isRefusal ?? isTooManyRequests,
      clock,
    });
  }

  get(key: string): Promise<V | undefined> {
    const slot = this.#slots.get(key);
    if (slot !== undefined) {
      const ageMs = this.#clock.monotonic() - slot.freshUntilMs;
      if (ageMs < 0) {
        if (slot.kind === "none") {
          this.#counts.negative += 1;
          return Promise.resolve(undefined);
        }
        this.#counts.hits += 1;
        return Promise.resolve(slot.value);
      }
      if (slot.kind === "value" && this.#isServedStale(ageMs)) {
        this.#counts.stale += 1;
        if (this.#limiter.mayStartWithin(this.#timeoutMs)) {
          this.#flight(key, slot).catch(this.#reportLoad);
        }
        return Promise.resolve(slot.value);
      }
    }
    this.#counts.misses += 1;
    return this.#loaded(key, slot?.kind === "value" ? slot : undefined);
  }

  peek(key: string): V | undefined {
    const slot = this.#slots.get(key);
    if (slot?.kind !== "value") return undefined;
    const ageMs = this.#clock.monotonic() - slot.freshUntilMs;
    return ageMs < 0 || this.#isServedStale(ageMs) ? slot.value : undefined;
  }

  async getMany(keys: readonly string[]): Promise<ReadonlyMap<string, V>> {
    const unique = [...new Set(keys)];
    const values = await Promise.all(unique.map((key) => this.get(key)));
    const found = new Map<string, V>();
    unique.forEach((key, index) => {
      const value = values[index];
      if (value !== undefined) found.set(key, value);
    });
    return found;
  }

  put(key: string, value: V, { ttl }: { readonly ttl?: Millis } = {}): void {
    this.#flights.delete(key);
    this.#keep(key, value, ttl ?? this.#jittered(value, key));
  }

  invalidate(key: string, { soft = false }: InvalidateOptions = {}): void {
    this.#flights.delete(key);
    const slot = soft ? this.#slots.get(key) : undefined;
    if (slot?.kind !== "value" || this.#keptMs === 0) this.#slots.delete(key);
    else slot.freshUntilMs = Math.min(slot.freshUntilMs, this.#clock.monotonic());
  }

  invalidateAll(
    options: InvalidateOptions & { readonly where?: (value: V, key: string) => boolean } = {},
  ): void {
    const { where = () => true } = options;
    // What a load under way will bring cannot be asked, so none of them is kept.
    this.#flights.clear();
    for (const key of Array.from(this.#slots.keys())) {
      const slot = this.#slots.get(key);
      if (slot === undefined) continue;
      if (slot.kind === "none" || where(slot.value, key)) this.invalidate(key, options);
    }
  }

  stats(): ReadThroughStats {
    return { ...this.#counts, ...this.#loadCounts, size: this.#slots.size };
  }

  // While the server refuses loads, waiting for one is of no use to a caller that a stale value would do.
  #isServedStale(ageMs: number): boolean {
    return ageMs < this.#revalidateMs || (this.#limiter.isRefused && ageMs < this.#ifErrorMs);
  }

  /** The load's value, or when it fails the value it should have replaced, if that is young enough. */
  async #loaded(key: string, before: Slot<V> | undefined): Promise<V | undefined> {
    try {
      return await this.#flight(key, before);
    } catch (error) {
      // Looked up again: nothing that was taken out meanwhile may be served.
      const slot = this.#slots.get(key);
      if (slot?.kind !== "value") throw error;
      if (this.#clock.monotonic() - slot.freshUntilMs >= this.#ifErrorMs) throw error;
      this.#counts.stale += 1;
      this.#reportLoad(error);
      return slot.value;
    }
  }

  #flight(key: string, before: Slot<V> | undefined): Promise<V | undefined> {
    const running = this.#flights.get(key);
    if (running !== undefined) return running;
    const flight = this.#load(key, before?.kind === "value" ? before.value : undefined).then(
      (value) => {
        if (this.#flights.get(key) !== flight) {
          this.#loadCounts.discardedLoads += 1;
          return value;
        }
        this.#flights.delete(key);
        this.#keepLoaded(key, value);
        return value;
      },
      (error: unknown) => {
        if (this.#flights.get(key) === flight) this.#flights.delete(key);
        throw error;
      },
    );
    this.#flights.set(key, flight);
    return flight;
  }

  async #load(key: string, stale: V | undefined): Promise<V | undefined> {
    const { load } = this.#options;
    const loadTimeout = this.#timeoutMs;
    const aborter = new AbortController();
    const { signal } = aborter;
    const timer = this.#clock.after(loadTimeout, () =>
      aborter.abort(new DeadlineError("A load", loadTimeout)),
    );
    this.#loadCounts.inflight += 1;
    try {
      return await orAbort(
        this.#limiter.run(
          () => {
            this.#counts.loads += 1;
            return load(key, { signal, stale });
          },
          signal,
          loadTimeout,
        ),
        signal,
      );
    } catch (error) {
      this.#loadCounts.loadErrors += 1;
      throw error;
    } finally {
      this.#loadCounts.inflight -= 1;
      timer[Symbol.dispose]();
    }
  }

  #keepLoaded(key: string, value: V | undefined): void {
    const { negativeTtl = 0 } = this.#options;
    if (value !== undefined) this.#keep(key, value, this.#jittered(value, key));
    else if (negativeTtl > 0) {
      const freshUntilMs = this.#clock.monotonic() + negativeTtl;
      this.#slots.set(key, { kind: "none", freshUntilMs }, { ttl: milliseconds(negativeTtl) });
    } else this.#slots.delete(key);
  }

  #keep(key: string, value: V, ttlMs: number): void {
    const slot: Slot<V> = { kind: "value", value, freshUntilMs: this.#clock.monotonic() + ttlMs };
    this.#slots.set(key, slot, { ttl: milliseconds(ttlMs + this.#keptMs) });
  }

  #jittered(value: V, key: string): number {
    const { ttl, jitter = 0.1 } = this.#options;
    const ttlMs = typeof ttl === "function" ? ttl(value, key) : ttl;
    return ttlMs * (1 + jitter * (2 * this.#random.next() - 1));
  }

  readonly #reportLoad = (error: unknown): void =>
    this.#report(error instanceof Error ? error : new Error("A load failed", { cause: error }));
}

/** Settles as `work` does, or rejects when the signal aborts first: a load need not heed its signal. */
function orAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    work.then(resolve, reject);
  });
}

// Baileys' `query` rejects with a Boom whose `data` is the code of the error node (WABinary/generic-utils.js:
// assertNodeErrorFree); HTTP clients put it in `status` or `statusCode`.
function isTooManyRequests(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  return ["data", "status", "statusCode"].some((name) => Reflect.get(error, name) === 429);
}
