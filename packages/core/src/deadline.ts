import { type Clock, systemClock } from "./clock.ts";
import { MotteError } from "./errors.ts";

/** Something did not happen in time. */
export class DeadlineError extends MotteError<"DEADLINE_EXCEEDED"> {
  constructor(what: string, ms: number) {
    super("DEADLINE_EXCEEDED", `${what} did not finish within ${ms} ms`, { retryable: true });
  }
}

export interface DeadlineOptions {
  /** What is awaited, as the subject of the error's sentence. */
  readonly what: string;
  readonly ms: number;
  /** @defaultValue `systemClock` */
  readonly clock?: Clock;
}

/** Settles as `work` does, or rejects with a `DeadlineError` after `ms`. The work itself is not stopped. */
export function withDeadline<T>(work: Promise<T>, options: DeadlineOptions): Promise<T> {
  const { what, ms, clock = systemClock } = options;
  return new Promise((resolve, reject) => {
    const timer = clock.after(ms, () => reject(new DeadlineError(what, ms)), { keepAlive: true });
    work.then(resolve, reject).finally(() => timer[Symbol.dispose]());
  });
}
