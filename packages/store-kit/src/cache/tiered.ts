import { type Clock, systemClock } from "@motte/core/clock";
import { UsageError } from "@motte/core/errors";
import { assertKnownOptions } from "@motte/core/options";
import { type ErrorSink, totalSink } from "../error-sink.ts";
import type { Change, KV, Stored } from "../kv/kv.ts";
import { type Codec, decodeBody, encodeBody } from "../messages/codec.ts";
import { type Millis, milliseconds, seconds } from "../millis.ts";
import type { AsyncCache } from "./async-cache.ts";
import { DirtyKeys } from "./dirty-keys.ts";
import { FarLevel, SkippedError } from "./far-level.ts";
import type { InvalidationBus } from "./invalidation-bus.ts";
import { KeyOrder } from "./key-order.ts";
import type { SyncCache } from "./lru.ts";

export interface TieredOptions<V> {
  /** The first level, in this process and this cache's own. */
  readonly l1: SyncCache<V>;
  /** The second level: a namespace of its own. Wrapped in `writeBehind`, it makes writes later and together. */
  readonly l2: KV;
  readonly codec: Codec<V>;
  /** How long an entry lives, wherever it is. */
  readonly ttl: Millis;
  /** How long the first level keeps an entry at most, and so how long a change made elsewhere may go unseen. @defaultValue `ttl` */
  readonly l1Ttl?: Millis;
  /**
   * What a failure of the second level does. `"throw"`: the call rejects, and the first level forgets the key.
   * `"fail-open"`: it goes to `onError`, the first level answers alone, and what the second holds under the key is
   * not believed until it has been put right. @defaultValue `"throw"`
   */
  readonly onL2Error?: "throw" | "fail-open";
  /** How long the second level may take; a call that takes longer has failed. @defaultValue as long as it takes */
  readonly l2Timeout?: Millis;
  /**
   * After a call that took longer the second level is not asked for this long: calls then fail at once, as `onL2Error`
   * says. After that it is tried beside the calls until it answers. @defaultValue `seconds(10)`
   */
  readonly l2RetryAfter?: Millis;
  /** Tells other processes what changed, and hears it from them. */
  readonly bus?: InvalidationBus;
  /** Hears of failures with `"fail-open"`. @defaultValue a process warning */
  readonly onError?: ErrorSink;
  /** @defaultValue `systemClock` */
  readonly clock?: Clock;
}

export interface TieredStats {
  readonly l1Hits: number;
  readonly l2Hits: number;
  readonly misses: number;
  readonly l2Errors: number;
  /** Calls for which the second level was not asked, since it had not answered in time. */
  readonly l2Skipped: number;
  /** Keys whose entry in the second level is not believed. */
  readonly dirty: number;
}

export interface TieredCache<V> extends AsyncCache<V>, Disposable {
  /** What the first level holds. */
  peek(key: string): V | undefined;
  stats(): TieredStats;
}

const OPTIONS = [
  "l1",
  "l2",
  "codec",
  "ttl",
  "l1Ttl",
  "onL2Error",
  "l2Timeout",
  "l2RetryAfter",
  "bus",
  "onError",
  "clock",
] as const satisfies readonly (keyof TieredOptions<unknown>)[];

/**
 * Two levels that answer as one.
 *
 * The second level is written first, so the first never holds what the second refused. What is read from the second is
 * kept in the first no longer than it has left to live, and not at all when the key was changed meanwhile. Writes of
 * one key are made one after the other.
 *
 * Disposing it stops listening to the bus; both levels stay open.
 */
export function tiered<V>(options: TieredOptions<V>): TieredCache<V> {
  assertKnownOptions("tiered()", options, OPTIONS);
  if (!["throw", "fail-open"].includes(options.onL2Error ?? "throw")) {
    throw new UsageError("USAGE_INVALID_OPTION", 'onL2Error must be "throw" or "fail-open"');
  }
  return new TwoLevels(options);
}

// How often a second level that is down is tried for the sake of what it missed.
const HEAL_INTERVAL_MS = 1000;

/** A read of the second level that is under way, and which of its keys were changed since it began. */
interface Read {
  readonly changed: Set<string>;
  allChanged: boolean;
}

class TwoLevels<V> implements TieredCache<V> {
  readonly #options: TieredOptions<V>;
  readonly #l1: SyncCache<V>;
  readonly #clock: Clock;
  readonly #report: ErrorSink;
  readonly #failsOpen: boolean;
  readonly #far: FarLevel;
  readonly #order = new KeyOrder();
  readonly #dirty = new DirtyKeys();
  readonly #reads = new Set<Read>();
  readonly #counts = { l1Hits: 0, l2Hits: 0, misses: 0, l2Errors: 0, l2Skipped: 0 };
  readonly #subscription: Disposable | undefined;
  #healing = false;
  #healAfterMs = -Infinity;

  constructor(options: TieredOptions<V>) {
    this.#options = options;
    this.#l1 = options.l1;
    this.#clock = options.clock ?? systemClock;
    this.#report = totalSink(options.onError);
    this.#failsOpen = options.onL2Error === "fail-open";
    this.#far = new FarLevel(options.l2, {
      timeoutMs: options.l2Timeout,
      retryAfterMs: options.l2RetryAfter ?? seconds(10),
      clock: this.#clock,
      onBack: () => {
        this.#healAfterMs = -Infinity;
        this.#heal();
      },
    });
    this.#subscription = options.bus?.subscribe((keys) => this.#forget(keys));
  }

  [Symbol.dispose](): void {
    this.#subscription?.[Symbol.dispose]();
  }

  peek(key: string): V | undefined {
    return this.#l1.get(key);
  }

  stats(): TieredStats {
    return { ...this.#counts, dirty: this.#dirty.size };
  }

  async get(key: string): Promise<V | undefined> {
    const near = this.#l1.get(key);
    if (near === undefined) return (await this.#readFar([key])).get(key);
    this.#counts.l1Hits += 1;
    return near;
  }

  async getMany(keys: readonly string[]): Promise<ReadonlyMap<string, V>> {
    const found = new Map<string, V>();
    const far: string[] = [];
    for (const key of new Set(keys)) {
      const near = this.#l1.get(key);
      if (near === undefined) far.push(key);
      else {
        this.#counts.l1Hits += 1;
        found.set(key, near);
      }
    }
    if (far.length === 0) return found;
    for (const [key, value] of await this.#readFar(far)) found.set(key, value);
    return found;
  }

  set(key: string, value: V, options?: { readonly ttl?: Millis }): Promise<void> {
    return this.setMany([[key, value]], options);
  }

  setMany(
    entries: readonly (readonly [string, V])[],
    { ttl = this.#options.ttl }: { readonly ttl?: Millis } = {},
  ): Promise<void> {
    const expiresAtMs = this.#clock.now() + ttl;
    return this.#write(
      entries.map(([key]) => key),
      async () => {
        const { codec } = this.#options;
        const changes = entries.map(([key, value]): Change => {
          return { key, value: encodeBody(codec, value), expiresAtMs };
        });
        await this.#far.write(changes);
      },
      () => {
        for (const [key, value] of entries) this.#keepNear(key, value, expiresAtMs);
      },
    );
  }

  deleteMany(keys: readonly string[]): Promise<void> {
    return this.#write(
      keys,
      () => this.#far.write(keys.map((key) => ({ key, value: undefined }))),
      () => {
        for (const key of keys) this.#l1.delete(key);
      },
    );
  }

  clear(): Promise<void> {
    return this.#order.runOnAll(async () => {
      const { bus } = this.#options;
      try {
        await this.#far.clear();
        this.#dirty.clear();
      } catch (error) {
        this.#forget(undefined);
        if (!this.#failsOpen) throw error;
        this.#failed(error);
        this.#dirty.addAll();
        return;
      }
      this.#forget(undefined);
      bus?.publish(undefined);
    });
  }

  #write(
    keys: readonly string[],
    writeFar: () => Promise<void>,
    writeNear: () => void,
  ): Promise<void> {
    return this.#order.run(keys, async () => {
      try {
        await writeFar();
        this.#dirty.delete(keys);
      } catch (error) {
        // It may have been written or not: only the second level knows.
        this.#forget(keys);
        if (!this.#failsOpen) throw error;
        this.#failed(error);
        this.#dirty.add(keys);
        writeNear();
        return;
      }
      this.#forget(keys);
      writeNear();
      this.#options.bus?.publish(keys);
      this.#heal();
    });
  }

  async #readFar(keys: readonly string[]): Promise<ReadonlyMap<string, V>> {
    const found = new Map<string, V>();
    const believed = keys.filter((key) => !this.#dirty.has(key));
    if (believed.length === 0) {
      this.#counts.misses += keys.length;
      this.#heal();
      return found;
    }
    const read: Read = { changed: new Set(), allChanged: false };
    this.#reads.add(read);
    try {
      for (const [key, stored] of await this.#far.getMany(believed)) {
        const value = this.#decoded(stored);
        if (value === undefined) continue;
        if (this.#dirty.has(key)) {
          // A write that failed meanwhile leaves it open which value this is: the first level has what was meant.
          const meant = this.#l1.get(key);
          if (meant !== undefined) found.set(key, meant);
          continue;
        }
        found.set(key, value);
        if (!read.allChanged && !read.changed.has(key)) {
          this.#keepNear(key, value, stored.expiresAtMs ?? Infinity);
        }
      }
      this.#heal();
    } catch (error) {
      if (!this.#failsOpen) throw error;
      this.#failed(error);
    } finally {
      this.#reads.delete(read);
    }
    this.#counts.l2Hits += found.size;
    this.#counts.misses += keys.length - found.size;
    return found;
  }

  #decoded({ value }: Stored): V | undefined {
    try {
      return decodeBody(this.#options.codec, value);
    } catch (error) {
      if (!this.#failsOpen) throw error;
      this.#failed(error);
      return undefined;
    }
  }

  #keepNear(key: string, value: V, expiresAtMs: number): void {
    const { ttl, l1Ttl = ttl } = this.#options;
    const leftMs = Math.max(0, Math.min(l1Ttl, expiresAtMs - this.#clock.now()));
    this.#l1.set(key, value, { ttl: milliseconds(leftMs) });
  }

  /** Drops keys, or all, from the first level, and keeps what is being read from getting there. */
  #forget(keys: readonly string[] | undefined): void {
    if (keys === undefined) this.#l1.clear();
    else for (const key of keys) this.#l1.delete(key);
    for (const read of this.#reads) {
      if (keys === undefined) read.allChanged = true;
      else for (const key of keys) read.changed.add(key);
    }
  }

  #failed(error: unknown): void {
    // Said once, by the call that waited in vain.
    if (error instanceof SkippedError) {
      this.#counts.l2Skipped += 1;
      return;
    }
    this.#counts.l2Errors += 1;
    this.#report(error instanceof Error ? error : new Error("The second level failed"));
  }

  // Where the second level holds what it should not, that is deleted as soon as it takes writes again.
  #heal(): void {
    if (this.#healing || this.#dirty.size === 0 || !this.#far.isAsked()) return;
    if (this.#clock.monotonic() < this.#healAfterMs) return;
    this.#healing = true;
    const keys = this.#dirty.known();
    const work = keys === undefined ? this.#clearFar() : this.#deleteFar(keys);
    work
      .catch((error: unknown) => {
        this.#healAfterMs = this.#clock.monotonic() + HEAL_INTERVAL_MS;
        this.#failed(error);
      })
      .finally(() => {
        this.#healing = false;
      });
  }

  #clearFar(): Promise<void> {
    return this.#order.runOnAll(async () => {
      await this.#far.clear();
      this.#dirty.clear();
    });
  }

  #deleteFar(keys: readonly string[]): Promise<void> {
    return this.#order.run(keys, async () => {
      const still = keys.filter((key) => this.#dirty.has(key));
      await this.#far.write(still.map((key) => ({ key, value: undefined })));
      this.#dirty.delete(still);
    });
  }
}
