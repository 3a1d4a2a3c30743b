import type { Clock } from "@motte/core/clock";
import type { SweepReport } from "./sweep-budget.ts";

/** Runs a sweep now and then, and again right away while there is more to delete. Keeps no process alive. */
export class SweepTimer implements Disposable {
  readonly #clock: Clock;
  readonly #everyMs: number;
  readonly #sweep: () => SweepReport;
  #next: Disposable | undefined;
  #disposed = false;

  constructor(clock: Clock, everyMs: number, sweep: () => SweepReport) {
    this.#clock = clock;
    this.#everyMs = everyMs;
    this.#sweep = sweep;
    this.#arm(everyMs);
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#next?.[Symbol.dispose]();
  }

  #arm(ms: number): void {
    this.#next = this.#clock.after(ms, () => {
      const { more } = this.#sweep();
      // Whoever hears that a sweep failed may close the store.
      if (this.#disposed) return;
      // The other work of the process comes in between.
      this.#arm(more ? 0 : this.#everyMs);
    });
  }
}
