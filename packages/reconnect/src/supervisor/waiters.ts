import type { Clock } from "@motte/core/clock";
import { DeadlineError } from "@motte/core/deadline";
import { UsageError } from "@motte/core/errors";
import { assertKnownOptions } from "@motte/core/options";
import type { WhenOpenOptions } from "./supervisor.ts";

/** Promises for what comes next. Every one settles: when it comes, on failure, on abort or on its deadline. */
export class Waiters<T> {
  readonly #clock: Clock;
  readonly #what: string;
  readonly #waiting = new Set<{ settle(value: T): void; fail(error: unknown): void }>();

  /** `what` is the subject of the deadline's sentence. */
  constructor(clock: Clock, what: string) {
    this.#clock = clock;
    this.#what = what;
  }

  get size(): number {
    return this.#waiting.size;
  }

  wait({ signal, timeoutMs }: WhenOpenOptions): Promise<T> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const done = (): void => {
        this.#waiting.delete(waiter);
        timer?.[Symbol.dispose]();
        signal?.removeEventListener("abort", onAbort);
      };
      const waiter = {
        settle: (value: T): void => {
          done();
          resolve(value);
        },
        fail: (error: unknown): void => {
          done();
          reject(error);
        },
      };
      const onAbort = (): void => waiter.fail(signal?.reason);
      const timer =
        timeoutMs === undefined
          ? undefined
          : this.#clock.after(
              timeoutMs,
              () => waiter.fail(new DeadlineError(this.#what, timeoutMs)),
              { keepAlive: true },
            );
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#waiting.add(waiter);
    });
  }

  settle(value: T): void {
    for (const waiter of this.#waiting) waiter.settle(value);
  }

  fail(error: unknown): void {
    for (const waiter of this.#waiting) waiter.fail(error);
  }
}

/** Settles as `work` does, or rejects with the signal's reason if it aborts first. The work itself is not stopped. */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

/** Throws a `UsageError` for a limit that is none. */
export function assertWaiting(where: string, options: WhenOpenOptions): void {
  assertKnownOptions(where, options, ["signal", "timeoutMs"]);
  const { timeoutMs } = options;
  if (timeoutMs === undefined || timeoutMs > 0) return;
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    `timeoutMs must be a number of milliseconds above zero, not ${String(timeoutMs)}`,
  );
}
