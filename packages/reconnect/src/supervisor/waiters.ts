import type { Clock } from "@motte/core/clock";
import { DeadlineError } from "@motte/core/deadline";
import type { WhenOpenOptions } from "./supervisor.ts";

/** Promises for the next open connection. Every one settles: on open, on failure, on abort or on its deadline. */
export class OpenWaiters<S> {
  readonly #clock: Clock;
  readonly #waiting = new Set<{ open(sock: S): void; fail(error: unknown): void }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#waiting.size;
  }

  wait({ signal, timeoutMs }: WhenOpenOptions): Promise<S> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const done = (): void => {
        this.#waiting.delete(waiter);
        timer?.[Symbol.dispose]();
        signal?.removeEventListener("abort", onAbort);
      };
      const waiter = {
        open: (sock: S): void => {
          done();
          resolve(sock);
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
              () => waiter.fail(new DeadlineError("Opening the connection", timeoutMs)),
              { keepAlive: true },
            );
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#waiting.add(waiter);
    });
  }

  open(sock: S): void {
    for (const waiter of this.#waiting) waiter.open(sock);
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
