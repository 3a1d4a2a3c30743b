import type { Clock } from "@motte/core/clock";
import { withDeadline } from "@motte/core/deadline";
import type { ErrorSink } from "../error-sink.ts";
import { milliseconds, seconds } from "../millis.ts";

/** Acknowledged writes that are not where they should be by now. */
export interface DurabilityRisk {
  /** Age of the oldest, in milliseconds. */
  readonly oldestMs: number;
  /** How many keys are waiting. */
  readonly pending: number;
}

/** What waits to be written. */
export interface Backlog {
  /** When the oldest was added that no flush is writing now, on the monotonic clock. */
  readonly waitingSinceMs: number | undefined;
  /** The same with those that one is writing. */
  readonly oldestSinceMs: number | undefined;
  /** How many there are, with those. */
  readonly entries: number;
  /** So much waits that it should be written at once. */
  readonly isUrgent: boolean;
}

/** Something that gathers writes and makes them together. */
export interface Flushable {
  backlog(): Backlog;
  /** Writes what waits. What could not be written goes on waiting. */
  write(): Promise<void>;
}

export interface FlushTimes {
  /** Every write is made after this, or `onDurabilityRisk` is told. */
  readonly maxDelayMs: number;
  /** The first wait after a flush that failed; it doubles with each. @defaultValue 100 */
  readonly retryAfterMs?: number | undefined;
  /** The longest such wait. @defaultValue 30 000 */
  readonly maxRetryAfterMs?: number | undefined;
  readonly clock: Clock;
  readonly report: ErrorSink;
  readonly onDurabilityRisk?: ((risk: DurabilityRisk) => void) | undefined;
  /** False from when the owner makes its last attempts itself. */
  readonly isOpen: () => boolean;
}

/** Decides when what waits is written: in good time, again after a failure, and one flush at a time. */
export class FlushSchedule {
  readonly #work: Flushable;
  readonly #times: FlushTimes;
  #flush: Promise<void> | undefined;
  #failures = 0;
  #flushTimer: Disposable | undefined;
  #riskTimer: Disposable | undefined;

  constructor(work: Flushable, times: FlushTimes) {
    this.#work = work;
    this.#times = times;
  }

  /** Writes all that waits now. Rejects when that fails. */
  async flushAll(): Promise<void> {
    // One that is under way may have begun before the last write. How it ends shows in the next.
    await this.#flush?.catch(() => undefined);
    await this.flushOnce();
  }

  /** The flush that is under way, or a new one. */
  flushOnce(): Promise<void> {
    this.#flush ??= this.#write().finally(() => {
      this.#flush = undefined;
      this.arm();
    });
    return this.#flush;
  }

  /** Tries `flush` for so long; then rejects with what it last failed of. */
  async flushWithin(timeoutMs: number, flush: () => Promise<void>): Promise<void> {
    const { clock } = this.#times;
    const deadlineMs = clock.monotonic() + timeoutMs;
    for (;;) {
      const leftMs = deadlineMs - clock.monotonic();
      try {
        await withDeadline(flush(), { what: "Writing what was waiting", ms: leftMs, clock });
        return;
      } catch (error) {
        const waitMs = this.#retryMs();
        if (clock.monotonic() + waitMs >= deadlineMs) throw error;
        await clock.sleep(waitMs);
      }
    }
  }

  /** To be called after every write. Half of the time allowed is for the write itself. */
  arm(): void {
    // Closing makes its own attempts, and after it there is nothing to write to.
    const { clock, maxDelayMs, isOpen } = this.#times;
    if (!isOpen()) return;
    const { waitingSinceMs, oldestSinceMs, isUrgent } = this.#work.backlog();
    if (oldestSinceMs === undefined) return this.disarm();
    const nowMs = clock.monotonic();
    this.#riskTimer ??= clock.after(oldestSinceMs + maxDelayMs - nowMs, () => this.#warn());
    if (waitingSinceMs === undefined || this.#flush !== undefined) return;
    if (this.#failures > 0) this.flushIn(this.#retryMs());
    else if (isUrgent) this.flushIn(0);
    else this.flushIn(waitingSinceMs + maxDelayMs / 2 - nowMs);
  }

  /** Flushes after `ms`, or when that is planned already; 0 is as soon as can be. */
  flushIn(ms: number): void {
    if (ms > 0 && this.#flushTimer !== undefined) return;
    this.#flushTimer?.[Symbol.dispose]();
    this.#flushTimer = this.#times.clock.after(ms, () => {
      this.#flushTimer = undefined;
      this.flushOnce().catch((error: unknown) => {
        this.#times.report(error instanceof Error ? error : new Error("A flush failed"));
      });
    });
  }

  disarm(): void {
    this.#flushTimer?.[Symbol.dispose]();
    this.#riskTimer?.[Symbol.dispose]();
    this.#flushTimer = undefined;
    this.#riskTimer = undefined;
  }

  async #write(): Promise<void> {
    try {
      await this.#work.write();
      this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      throw error;
    }
  }

  #retryMs(): number {
    const { retryAfterMs = milliseconds(100), maxRetryAfterMs = seconds(30) } = this.#times;
    return Math.min(retryAfterMs * 2 ** Math.max(0, this.#failures - 1), maxRetryAfterMs);
  }

  #warn(): void {
    const { clock, maxDelayMs } = this.#times;
    this.#riskTimer = undefined;
    const { oldestSinceMs, entries } = this.#work.backlog();
    if (oldestSinceMs === undefined) return;
    const oldestMs = clock.monotonic() - oldestSinceMs;
    if (oldestMs >= maxDelayMs) {
      this.#tellRisk({ oldestMs, pending: entries });
      this.#riskTimer = clock.after(maxDelayMs, () => this.#warn());
    } else this.arm();
  }

  #tellRisk(risk: DurabilityRisk): void {
    try {
      this.#times.onDurabilityRisk?.(risk);
    } catch (error) {
      // Called by a timer, so a throw would end the process.
      this.#times.report(error instanceof Error ? error : new Error("onDurabilityRisk threw"));
    }
  }
}
