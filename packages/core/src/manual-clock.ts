import { type Clock, sleepOn } from "./clock.ts";

interface Timer {
  readonly dueMs: number;
  readonly order: number;
  readonly callback: () => void;
}

/** A clock that only moves when a test moves it. */
export class ManualClock implements Clock {
  #elapsedMs = 0;
  #wallOffsetMs: number;
  #started = 0;
  readonly #timers = new Set<Timer>();

  /** `epochMs` is what `now()` answers before the clock first moves. */
  constructor(epochMs = 0) {
    this.#wallOffsetMs = epochMs;
  }

  now(): number {
    return this.#wallOffsetMs + this.#elapsedMs;
  }

  monotonic(): number {
    return this.#elapsedMs;
  }

  after(ms: number, callback: () => void): Disposable {
    const timer: Timer = {
      dueMs: this.#elapsedMs + Math.max(ms, 0),
      order: this.#started++,
      callback,
    };
    this.#timers.add(timer);
    return { [Symbol.dispose]: () => void this.#timers.delete(timer) };
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal);
  }

  /** Timers that have not fired yet. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** Milliseconds until the next timer fires, or `undefined` when none is pending. */
  get nextTimerInMs(): number | undefined {
    const next = this.#nextTimer();
    return next === undefined ? undefined : next.dueMs - this.#elapsedMs;
  }

  /** Moves both readings forward, firing timers in the order they fall due. */
  async advance(ms: number): Promise<void> {
    const targetMs = this.#elapsedMs + ms;
    await settle();
    for (;;) {
      const next = this.#nextTimer();
      if (next === undefined || next.dueMs > targetMs) break;
      this.#timers.delete(next);
      this.#elapsedMs = next.dueMs;
      next.callback();
      await settle();
    }
    this.#elapsedMs = targetMs;
  }

  /** Moves only the wall reading, as NTP or a machine that slept would. No timer fires. */
  jumpWall(ms: number): void {
    this.#wallOffsetMs += ms;
  }

  #nextTimer(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      const sooner =
        next === undefined ||
        timer.dueMs < next.dueMs ||
        (timer.dueMs === next.dueMs && timer.order < next.order);
      if (sooner) next = timer;
    }
    return next;
  }
}

/** Lets code woken by a timer run until it waits again. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
