import type { Clock } from "@motte/core/clock";

/** Where the credentials go, and who hears that they did not. */
export interface SaveQueueOptions {
  readonly save: () => void | Promise<void>;
  readonly clock: Clock;
  /** Pause before a failed save is tried again. It doubles up to a minute. */
  readonly retryMs: number;
  readonly onError: (error: unknown) => void;
}

/**
 * Saves the credentials one save at a time. Requests that come during a save are joined into one that follows it,
 * which is enough because each save writes what is current. A failed save is reported and tried again.
 */
export class SaveQueue {
  readonly #options: SaveQueueOptions;
  #givingUp = new AbortController();
  #wanted = false;
  #running: Promise<void> | undefined;

  constructor(options: SaveQueueOptions) {
    this.#options = options;
  }

  /** Whether something is not saved yet. */
  get pending(): boolean {
    return this.#running !== undefined;
  }

  /** Asks for a save of what is current when it runs. */
  request(): void {
    this.#wanted = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** Resolves when everything asked for is saved. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** Gives up on a save that keeps failing, and on those to come. A running one is left to finish. */
  close(): void {
    this.#givingUp.abort();
  }

  /** The same, and what is asked for from now on is saved again. */
  abandon(): void {
    if (this.#givingUp.signal.aborted) return;
    this.#givingUp.abort();
    this.#givingUp = new AbortController();
    this.#wanted = false;
  }

  async #run(): Promise<void> {
    const { save, clock, onError } = this.#options;
    let { retryMs } = this.#options;
    while (this.#wanted) {
      this.#wanted = false;
      const { signal } = this.#givingUp;
      try {
        await save();
      } catch (error) {
        onError(error);
        if (!signal.aborted) {
          this.#wanted = true;
          await pause(clock, retryMs, signal);
          retryMs = Math.min(retryMs * 2, 60_000);
        }
        // Closed. Where it was abandoned, what is wanted now was asked for afterwards.
        if (this.#givingUp.signal.aborted) return;
      }
    }
  }
}

function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      timer[Symbol.dispose]();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = clock.after(ms, done, { keepAlive: true });
    signal.addEventListener("abort", done, { once: true });
  });
}
