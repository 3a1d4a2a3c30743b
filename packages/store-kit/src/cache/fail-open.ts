import { type Clock, systemClock } from "@motte/core/clock";
import { DeadlineError } from "@motte/core/deadline";
import { UsageError } from "@motte/core/errors";
import { assertKnownOptions } from "@motte/core/options";
import { type ErrorSink, totalSink } from "../error-sink.ts";
import type { Millis } from "../millis.ts";
import { Breaker } from "./breaker.ts";

export interface FailOpenOptions<R> {
  /** What is answered when the work fails or takes too long. */
  readonly answer: R;
  /** How long the work may take; it is not stopped, only no longer waited for. @defaultValue as long as it takes */
  readonly timeout?: Millis;
  /**
   * After work that took too long, none is begun for this long: what is asked meanwhile is answered at once. Then one
   * call tries again. Needs `timeout`. @defaultValue none, every call begins it
   */
  readonly retryAfter?: Millis;
  /** Hears of failures. @defaultValue a process warning */
  readonly onError?: ErrorSink;
  /** @defaultValue `systemClock` */
  readonly clock?: Clock;
}

/**
 * The same function, which never throws or rejects, for where Baileys would break a send or end the process.
 *
 * @example
 * makeWASocket({ cachedGroupMetadata: failOpen((jid) => groups.get(jid), { answer: undefined }) });
 */
export function failOpen<Args extends readonly unknown[], R>(
  work: (...args: Args) => R | Promise<R>,
  options: FailOpenOptions<R>,
): (...args: Args) => Promise<R> {
  assertKnownOptions("failOpen()", options, [
    "answer",
    "timeout",
    "retryAfter",
    "onError",
    "clock",
  ]);
  const { answer, timeout, retryAfter, clock = systemClock } = options;
  if (retryAfter !== undefined && timeout === undefined) {
    throw new UsageError("USAGE_INVALID_OPTION", "retryAfter needs timeout");
  }
  const report = totalSink(options.onError);
  const breaker = retryAfter === undefined ? undefined : new Breaker(retryAfter, clock);
  return (...args) =>
    new Promise((resolve) => {
      if (breaker?.enter() === "skip") return resolve(answer);
      const giveUp = (error: unknown): void => {
        report(error instanceof Error ? error : new Error("The work failed", { cause: error }));
        resolve(answer);
      };
      const timer =
        timeout === undefined
          ? undefined
          : clock.after(timeout, () => {
              breaker?.open();
              giveUp(new DeadlineError("The work", timeout));
            });
      // In a promise of its own, so that a throw is a rejection.
      new Promise<R>((settle) => settle(work(...args)))
        // Late or a failure, it is an answer.
        .finally(() => {
          breaker?.close();
          timer?.[Symbol.dispose]();
        })
        .then(resolve, giveUp);
    });
}
