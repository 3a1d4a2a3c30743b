import { type Clock, systemClock } from "@motte/core/clock";
import { UsageError } from "@motte/core/errors";
import { withDeadline } from "@motte/core/deadline";
import { assertKnownOptions, integerOption } from "@motte/core/options";
import { StoreKitError } from "../errors.ts";
import { type ErrorSink, totalSink } from "../error-sink.ts";
import { type Millis, milliseconds, seconds } from "../millis.ts";
import type { Change, KV, Stored } from "./kv.ts";
import { OpenCheck } from "./open-check.ts";
import { PendingChanges } from "./pending-changes.ts";

/** Acknowledged writes that are not where they should be by now. */
export interface DurabilityRisk {
  /** Age of the oldest, in milliseconds. */
  readonly oldestMs: number;
  /** How many keys are waiting. */
  readonly pending: number;
}

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
  readonly #report: ErrorSink;
  readonly #open: OpenCheck;
  readonly #isRoot: boolean;
  readonly #parts = new Map<string, WriteBehindKV>();
  readonly #maxDelayMs: number;
  #waiting = new PendingChanges();
  // What a flush is writing now. Reads go through it, too.
  #flying: PendingChanges | undefined;
  #flush: Promise<void> | undefined;
  #failures = 0;
  #flushTimer: Disposable | undefined;
  #riskTimer: Disposable | undefined;
  // Writes that wait for room are let in one after the other.
  #admission: Promise<void> | undefined;

  constructor(kv: KV, options: WriteBehindOptions, open: OpenCheck, isRoot: boolean) {
    this.name = kv.name;
    this.capabilities = kv.capabilities;
    if (kv.sweep) this.sweep = kv.sweep.bind(kv);
    this.#kv = kv;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#report = totalSink(options.onError);
    this.#maxDelayMs = options.maxDelay ?? seconds(1);
    this.#open = open;
    this.#isRoot = isRoot;
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
    // One that is under way may have begun before the last write. How it ends shows in the next.
    await this.#flush?.catch(() => undefined);
    await this.#flushOnce();
    for (const part of this.#parts.values()) await part.flush();
  }

  pending(): PendingReport {
    const flying = this.#flying;
    const sinceMs = flying?.sinceMs ?? this.#waiting.sinceMs;
    return {
      entries: this.#waiting.entries + (flying?.entries ?? 0),
      bytes: this.#waiting.bytes + (flying?.bytes ?? 0),
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
      await this.#flushUntil(this.#options.closeTimeout ?? seconds(5));
    } finally {
      this.#disarm();
      await this.#kv.close();
    }
  }

  async #flushUntil(timeoutMs: number): Promise<void> {
    const deadlineMs = this.#clock.monotonic() + timeoutMs;
    for (;;) {
      const leftMs = deadlineMs - this.#clock.monotonic();
      try {
        await withDeadline(this.flush(), {
          what: "Writing what was waiting",
          ms: leftMs,
          clock: this.#clock,
        });
        return;
      } catch (error) {
        const waitMs = this.#retryMs();
        if (this.#clock.monotonic() + waitMs >= deadlineMs) throw this.#lost(error);
        await this.#clock.sleep(waitMs);
      }
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
      this.#arm();
      return;
    }
    if (this.#options.overflow === "reject") {
      this.#flushSoon(0);
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
    while (this.#isFull()) await this.#flushOnce();
    add();
    this.#arm();
  }

  #isFull(): boolean {
    const { maxEntries = 10_000, maxBytes = 8 * 1024 * 1024 } = this.#options;
    const { entries, bytes } = this.pending();
    return entries >= maxEntries || bytes >= maxBytes;
  }

  #flushOnce(): Promise<void> {
    this.#flush ??= this.#writeWaiting().finally(() => {
      this.#flush = undefined;
      this.#arm();
    });
    return this.#flush;
  }

  async #writeWaiting(): Promise<void> {
    const flying = this.#waiting;
    if (flying.isEmpty) return;
    this.#flying = flying;
    this.#waiting = new PendingChanges();
    try {
      await flying.writeTo(this.#kv);
      this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      // Nobody knows how much of it was made; made again, the end is the same.
      this.#waiting = flying.followedBy(this.#waiting);
      throw error;
    } finally {
      this.#flying = undefined;
    }
  }

  // Half of the time allowed is for the write itself.
  #arm(): void {
    // `close` makes its own attempts, and after it there is nothing to write to.
    if (!this.#open.isOpen) return;
    const { sinceMs } = this.#waiting;
    const oldestMs = this.#flying?.sinceMs ?? sinceMs;
    if (oldestMs === undefined) return this.#disarm();
    const nowMs = this.#clock.monotonic();
    this.#riskTimer ??= this.#clock.after(oldestMs + this.#maxDelayMs - nowMs, () => this.#warn());
    if (sinceMs === undefined || this.#flush !== undefined) return;
    if (this.#failures > 0) this.#flushSoon(this.#retryMs());
    else if (this.#isHalfFull()) this.#flushSoon(0);
    else this.#flushSoon(sinceMs + this.#maxDelayMs / 2 - nowMs);
  }

  #isHalfFull(): boolean {
    const { maxEntries = 10_000, maxBytes = 8 * 1024 * 1024 } = this.#options;
    return this.#waiting.entries * 2 >= maxEntries || this.#waiting.bytes * 2 >= maxBytes;
  }

  #flushSoon(ms: number): void {
    if (ms > 0 && this.#flushTimer !== undefined) return;
    this.#flushTimer?.[Symbol.dispose]();
    this.#flushTimer = this.#clock.after(ms, () => {
      this.#flushTimer = undefined;
      this.#flushOnce().catch((error: unknown) => {
        this.#report(error instanceof Error ? error : new Error("A flush failed"));
      });
    });
  }

  #retryMs(): number {
    const { retryAfter = milliseconds(100), maxRetryAfter = seconds(30) } = this.#options;
    return Math.min(retryAfter * 2 ** Math.max(0, this.#failures - 1), maxRetryAfter);
  }

  #warn(): void {
    this.#riskTimer = undefined;
    const { oldestMs, entries } = this.pending();
    if (entries === 0) return;
    if (oldestMs >= this.#maxDelayMs) {
      this.#tellRisk({ oldestMs, pending: entries });
      this.#riskTimer = this.#clock.after(this.#maxDelayMs, () => this.#warn());
    } else this.#arm();
  }

  #tellRisk(risk: DurabilityRisk): void {
    try {
      this.#options.onDurabilityRisk?.(risk);
    } catch (error) {
      // Called by a timer, so a throw would end the process.
      this.#report(error instanceof Error ? error : new Error("onDurabilityRisk threw"));
    }
  }

  #disarm(): void {
    this.#flushTimer?.[Symbol.dispose]();
    this.#riskTimer?.[Symbol.dispose]();
    this.#flushTimer = undefined;
    this.#riskTimer = undefined;
    if (this.#open.isOpen) return;
    for (const part of this.#parts.values()) part.#disarm();
  }
}
