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

// Later than a timer is among other work: then the process itself stood still, or the machine slept.
const STOOD_STILL_MS = 50;

/**
 * Settles as `work` does, or rejects with a `DeadlineError` after `ms`. The work itself is not stopped.
 *
 * What was answered in time and not yet read, since the process stood still, counts as in time.
 */
export function withDeadline<T>(work: Promise<T>, options: DeadlineOptions): Promise<T> {
  const { what, ms, clock = systemClock } = options;
  return new Promise((resolve, reject) => {
    const fail = (): void => reject(new DeadlineError(what, ms));
    const dueAtMs = clock.monotonic() + ms;
    const onDue = (): void => {
      // Node runs timers before it reads from sockets, and this after it.
      if (clock.monotonic() - dueAtMs > STOOD_STILL_MS) setImmediate(fail);
      else fail();
    };
    const timer = clock.after(ms, onDue, { keepAlive: true });
    work.then(resolve, reject).finally(() => timer[Symbol.dispose]());
  });
}
