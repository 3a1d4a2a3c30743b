import { type Clock, systemClock } from "@motte/core/clock";
import { DeadlineError } from "@motte/core/deadline";
import { assertKnownOptions } from "@motte/core/options";
import { type ErrorSink, totalSink } from "../error-sink.ts";
import type { Millis } from "../millis.ts";

export interface FailOpenOptions<R> {
  /** What is answered when the work fails or takes too long. */
  readonly answer: R;
  /** How long the work may take; it is not stopped, only no longer waited for. @defaultValue as long as it takes */
  readonly timeout?: Millis;
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
  assertKnownOptions("failOpen()", options, ["answer", "timeout", "onError", "clock"]);
  const { answer, timeout, clock = systemClock } = options;
  const report = totalSink(options.onError);
  return (...args) =>
    new Promise((resolve) => {
      const giveUp = (error: unknown): void => {
        report(error instanceof Error ? error : new Error("The work failed", { cause: error }));
        resolve(answer);
      };
      const timer =
        timeout === undefined
          ? undefined
          : clock.after(timeout, () => giveUp(new DeadlineError("The work", timeout)));
      // In a promise of its own, so that a throw is a rejection.
      new Promise<R>((settle) => settle(work(...args)))
        .then(resolve, giveUp)
        .finally(() => timer?.[Symbol.dispose]());
    });
}
