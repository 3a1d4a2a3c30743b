import type { Clock } from "@motte/core/clock";

export interface Wait<T> {
  readonly matches: (value: T) => boolean;
  readonly timeoutMs: number;
  /** Made only when the time is up, so that it can show what did happen. */
  readonly timeoutError: () => Error;
}

interface Waiting<T> {
  readonly matches: (value: T) => boolean;
  readonly settle: (settled: { readonly value: T } | { readonly error: unknown }) => void;
}

/** Callers waiting for the first value that suits them, each with a time limit. */
export class Waiters<T> {
  readonly #clock: Clock;
  readonly #waiting = new Set<Waiting<T>>();
  #closedBy: Error | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many wait. */
  get size(): number {
    return this.#waiting.size;
  }

  wait({ matches, timeoutMs, timeoutError }: Wait<T>): Promise<T> {
    if (this.#closedBy !== undefined) return Promise.reject(this.#closedBy);
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(timeoutMs, () => waiting.settle({ error: timeoutError() }), {
        keepAlive: true,
      });
      const waiting: Waiting<T> = {
        matches,
        settle: (settled) => {
          this.#waiting.delete(waiting);
          timer[Symbol.dispose]();
          if ("error" in settled) reject(settled.error);
          else resolve(settled.value);
        },
      };
      this.#waiting.add(waiting);
    });
  }

  /** Hands `value` to the caller who has waited longest for one like it; false when nobody wants it. */
  give(value: T): boolean {
    for (const waiting of this.#waiting) {
      if (!suits(waiting, value)) continue;
      waiting.settle({ value });
      return true;
    }
    return false;
  }

  /** Hands `value` to everyone who waits for one like it. */
  announce(value: T): void {
    for (const waiting of this.#waiting) {
      if (suits(waiting, value)) waiting.settle({ value });
    }
  }

  /** Rejects everyone who waits now or later. */
  close(error: Error): void {
    this.#closedBy = error;
    for (const waiting of this.#waiting) waiting.settle({ error });
  }
}

/** Whoever waits hears of a match that throws; whoever brings the value has nothing to do with it. */
function suits<T>({ matches, settle }: Waiting<T>, value: T): boolean {
  try {
    return matches(value);
  } catch (error) {
    settle({ error });
    return false;
  }
}
