import { type Clock, systemClock } from "@motte/core/clock";
import { UsageError } from "@motte/core/errors";
import { assertKnownOptions, integerOption } from "@motte/core/options";
import { StoreKitError } from "../errors.ts";
import { type ErrorSink, totalSink } from "../error-sink.ts";
import { type Millis, seconds } from "../millis.ts";
import { type Backlog, type DurabilityRisk, FlushSchedule } from "./flush-schedule.ts";
import type { Change, KV, Stored } from "./kv.ts";
import { OpenCheck } from "./open-check.ts";
import { PendingChanges } from "./pending-changes.ts";

export interface WriteBehindOptions {
  /** Every acknowledged write is in the KV after this, or `onDurabilityRisk` is told. @defaultValue `seconds(1)` */
  readonly maxDelay?: Millis;
  /** Most keys waiting, in each namespace. @defaultValue `10_000` */
  readonly maxEntries?: number;
  /** Most bytes of keys and values waiting, in each namespace. @defaultValue `8_388_608` */
  readonly maxBytes?: number;
  /**
   * What a write does when a bound is reached: wait for a flush, and reject as that does, or reject at once with
   * `STORE_KIT_BUFFER_FULL`. @defaultValue `"wait"`
   */
  readonly overflow?: "wait" | "reject";
  /** The first wait after a flush that failed; it doubles with each. @defaultValue `milliseconds(100)` */
  readonly retryAfter?: Millis;
  /** The longest such wait. @defaultValue `seconds(30)` */
  readonly maxRetryAfter?: Millis;
  /** How long `close` tries to write what is waiting. @defaultValue `seconds(5)` */
  readonly closeTimeout?: Millis;
  /** Told when writes are older than `maxDelay`, and again every `maxDelay` until they are written. */
  readonly onDurabilityRisk?: (risk: DurabilityRisk) => void;
  /** Hears of flushes that failed and will be tried again. @defaultValue a process warning */
  readonly onError?: ErrorSink;
  /** @defaultValue `systemClock` */
  readonly clock?: Clock;
}

export interface PendingReport {
  /** Keys waiting to be written; a clear counts as one. */
  readonly entries: number;
  readonly bytes: number;
  /** Age of the oldest, in milliseconds; 0 when nothing waits. */
  readonly oldestMs: number;
}

/** A `KV` that acknowledges a write before it is made. */
export interface WriteBehind extends KV {
  /** Writes what waits, here and in the namespaces. Rejects when the KV does; what was not written goes on waiting. */
  flush(): Promise<void>;
  pending(): PendingReport;
  namespace(name: string): WriteBehind;
}

const OPTIONS = [
  "maxDelay",
  "maxEntries",
  "maxBytes",
  "overflow",
  "retryAfter",
  "maxRetryAfter",
  "closeTimeout",
  "onDurabilityRisk",
  "onError",
  "clock",
] as const satisfies readonly (keyof WriteBehindOptions)[];

/**
 * Gathers writes in memory and makes them together.
 *
 * Reads see every acknowledged write. Changes of one key are made in their order, of which only the last is left by
 * then. What a flush writes is all that was acknowledged when it began, in one `write`: after a crash a KV with
 * `atomicWrite` holds what was acknowledged up to some moment, at most `maxDelay` ago while the KV works.
 *
 * @throws UsageError for a bound that makes no sense.
 */
export function writeBehind(kv: KV, options: WriteBehindOptions = {}): WriteBehind {
  assertKnownOptions("writeBehind()", options, OPTIONS);
  integerOption("maxEntries", options.maxEntries ?? 1, { min: 1 });
  integerOption("maxBytes", options.maxBytes ?? 1, { min: 1 });
  if (!["wait", "reject"].includes(options.overflow ?? "wait")) {
    throw new UsageError("USAGE_INVALID_OPTION", 'overflow must be "wait" or "reject"');
  }
  return new WriteBehindKV(kv, options, new OpenCheck("The write-behind KV"), true);
}

class WriteBehindKV implements WriteBehind {
  readonly name: string;
  readonly capabilities: KV["capabilities"];
  readonly sweep?: NonNullable<KV["sweep"]>;
  readonly #kv: KV;
  readonly #options: WriteBehindOptions;
  readonly #clock: Clock;
  readonly #open: OpenCheck;
  readonly #schedule: FlushSchedule;
  readonly #isRoot: boolean;
  readonly #parts = new Map<string, WriteBehindKV>();
  #waiting = new PendingChanges();
  // What a flush is writing now. Reads go through it, too.
  #flying: PendingChanges | undefined;
  // Writes that wait for room are let in one after the other.
  #admission: Promise<void> | undefined;

  constructor(kv: KV, options: WriteBehindOptions, open: OpenCheck, isRoot: boolean) {
    this.name = kv.name;
    this.capabilities = kv.capabilities;
    if (kv.sweep) this.sweep = kv.sweep.bind(kv);
    this.#kv = kv;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#open = open;
    this.#isRoot = isRoot;
    const work = { backlog: () => this.#backlog(), write: () => this.#writeWaiting() };
    this.#schedule = new FlushSchedule(work, {
      maxDelayMs: options.maxDelay ?? seconds(1),
      retryAfterMs: options.retryAfter,
      maxRetryAfterMs: options.maxRetryAfter,
      clock: this.#clock,
      report: totalSink(options.onError),
      onDurabilityRisk: options.onDurabilityRisk,
      isOpen: () => open.isOpen,
    });
  }

  async getMany(keys: readonly string[]): Promise<ReadonlyMap<string, Stored>> {
    this.#open.assertOpen();
    const found = new Map<string, Stored>();
    const nowMs = this.#clock.now();
    const unknown = keys.filter((key) => {
      const known = this.#waiting.look(key, nowMs) ?? this.#flying?.look(key, nowMs);
      if (known?.entry) found.set(key, known.entry);
      return known === undefined;
    });
    if (unknown.length === 0) return found;
    for (const [key, entry] of await this.#kv.getMany(unknown)) found.set(key, entry);
    return found;
  }

  async write(changes: readonly Change[]): Promise<void> {
    this.#open.assertOpen();
    // Copied now: the caller may change the bytes while the write waits.
    const own = changes.map((change) => ({
      ...change,
      value: change.value && Buffer.from(change.value),
    }));
    await this.#admit(() => this.#waiting.add(own, this.#clock.monotonic()));
  }

  async clear(): Promise<void> {
    this.#open.assertOpen();
    await this.#admit(() => this.#waiting.clear(this.#clock.monotonic()));
  }

  namespace(name: string): WriteBehind {
    const known = this.#parts.get(name);
    if (known !== undefined) return known;
    const part = new WriteBehindKV(this.#kv.namespace(name), this.#options, this.#open, false);
    this.#parts.set(name, part);
    return part;
  }

  async flush(): Promise<void> {
    await this.#admission;
    // What one namespace holds that the KV refuses keeps nothing of the others from it.
    let failure: { readonly error: unknown } | undefined;
    const writes = [() => this.#schedule.flushAll(), ...this.#flushesOfParts()];
    for (const write of writes) {
      try {
        await write();
      } catch (error) {
        failure ??= { error };
      }
    }
    if (failure !== undefined) throw failure.error;
  }

  #flushesOfParts(): (() => Promise<void>)[] {
    return Array.from(this.#parts.values(), (part) => () => part.flush());
  }

  pending(): PendingReport {
    const { oldestSinceMs: sinceMs, entries } = this.#backlog();
    return {
      entries,
      bytes: this.#waiting.bytes + (this.#flying?.bytes ?? 0),
      oldestMs: sinceMs === undefined ? 0 : this.#clock.monotonic() - sinceMs,
    };
  }

  /**
   * Writes what waits, trying for `closeTimeout`, and closes the KV.
   *
   * @throws StoreKitError `STORE_KIT_UNAVAILABLE` when writes were lost.
   */
  async close(): Promise<void> {
    if (!this.#isRoot || !this.#open.close()) return;
    try {
      const timeoutMs = this.#options.closeTimeout ?? seconds(5);
      await this.#schedule.flushWithin(timeoutMs, () => this.flush());
    } catch (error) {
      throw this.#lost(error);
    } finally {
      this.#disarm();
      await this.#kv.close();
    }
  }

  #lost(cause: unknown): StoreKitError {
    const lost = this.#entriesWithin();
    return new StoreKitError(
      "STORE_KIT_UNAVAILABLE",
      `${lost} acknowledged writes could not be made before the KV was closed, and are lost`,
      { cause },
    );
  }

  #entriesWithin(): number {
    const parts = [...this.#parts.values()].map((part) => part.#entriesWithin());
    return parts.reduce((sum, entries) => sum + entries, this.pending().entries);
  }

  async #admit(add: () => void): Promise<void> {
    if (this.#admission === undefined && !this.#isFull()) {
      add();
      this.#schedule.arm();
      return;
    }
    if (this.#options.overflow === "reject") {
      this.#schedule.flushIn(0);
      throw new StoreKitError(
        "STORE_KIT_BUFFER_FULL",
        "More writes wait than are allowed: the KV behind is slower than what is written, or down",
        { retryable: true },
      );
    }
    const turn = this.#admitInTurn(this.#admission, add);
    const settled: Promise<void> = turn
      .catch(() => undefined)
      .finally(() => {
        if (this.#admission === settled) this.#admission = undefined;
      });
    this.#admission = settled;
    await turn;
  }

  async #admitInTurn(before: Promise<void> | undefined, add: () => void): Promise<void> {
    await before;
    while (this.#isFull()) await this.#schedule.flushOnce();
    add();
    this.#schedule.arm();
  }

  #backlog(): Backlog {
    const [waiting, flying] = [this.#waiting, this.#flying];
    const { maxEntries = 10_000, maxBytes = 8 * 1024 * 1024 } = this.#options;
    return {
      waitingSinceMs: waiting.sinceMs,
      oldestSinceMs: flying?.sinceMs ?? waiting.sinceMs,
      entries: waiting.entries + (flying?.entries ?? 0),
      isUrgent: waiting.entries * 2 >= maxEntries || waiting.bytes * 2 >= maxBytes,
    };
  }

  #isFull(): boolean {
    const { maxEntries = 10_000, maxBytes = 8 * 1024 * 1024 } = this.#options;
    const { entries, bytes } = this.pending();
    return entries >= maxEntries || bytes >= maxBytes;
  }

  async #writeWaiting(): Promise<void> {
    const flying = this.#waiting;
    if (flying.isEmpty) return;
    this.#flying = flying;
    this.#waiting = new PendingChanges();
    try {
      await flying.writeTo(this.#kv);
    } catch (error) {
      // Nobody knows how much of it was made; made again, the end is the same.
      this.#waiting = flying.followedBy(this.#waiting);
      throw error;
    } finally {
      this.#flying = undefined;
    }
  }

  #disarm(): void {
    this.#schedule.disarm();
    for (const part of this.#parts.values()) part.#disarm();
  }
}
