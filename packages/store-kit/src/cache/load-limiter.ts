import type { Clock } from "@motte/core/clock";

export interface LoadLimits {
  /** Most loads at a time. */
  readonly concurrency: number;
  /** Least time from the start of one load to the start of the next. */
  readonly intervalMs: number;
  /** The interval is doubled by each refusal of the server, up to this, and back to the first by a success. */
  readonly maxIntervalMs: number;
  /** Whether this error is the server asking for fewer loads. */
  readonly isRefusal: (error: unknown) => boolean;
  readonly clock: Clock;
}

// Where there was no interval, doubling it would be of no use.
const FIRST_BACKOFF_MS = 1000;

interface Waiting {
  readonly start: () => void;
}

/** Lets loads start in the order they came, so many at a time and so far apart. */
export class LoadLimiter {
  readonly #limits: LoadLimits;
  readonly #waiting = new Set<Waiting>();
  #running = 0;
  #intervalMs: number;
  #nextStartMs = -Infinity;
  #timer: Disposable | undefined;
  /** What the server last refused with. */
  #refusal: unknown;

  constructor(limits: LoadLimits) {
    this.#limits = limits;
    this.#intervalMs = limits.intervalMs;
  }

  /** True from a refusal to the next success. */
  get isRefused(): boolean {
    return this.#intervalMs > this.#limits.intervalMs;
  }

  /** False when nothing starts within that time, since the server has refused. */
  mayStartWithin(ms: number): boolean {
    return !this.isRefused || this.#nextStartMs - this.#limits.clock.monotonic() < ms;
  }

  /**
   * Runs `load` when its turn has come, at once if that is now, or rejects with the signal's reason. Rejects at once as
   * the server last did where nothing starts within `withinMs`.
   */
  async run<T>(load: () => Promise<T>, signal: AbortSignal, withinMs: number): Promise<T> {
    // To wait in vain would only take longer, and Baileys holds up all sends of the account meanwhile.
    if (!this.mayStartWithin(withinMs)) throw this.#refusal;
    if (this.#waiting.size > 0 || !this.#takeTurn()) await this.#turn(signal);
    let counts = true;
    const leave = (): void => {
      if (!counts) return;
      counts = false;
      this.#running -= 1;
      this.#startWaiting();
    };
    // A load that nobody waits for any more may never end, and would keep its place for ever.
    signal.addEventListener("abort", leave, { once: true });
    try {
      signal.throwIfAborted();
      const result = await load();
      this.#intervalMs = this.#limits.intervalMs;
      return result;
    } catch (error) {
      if (this.#limits.isRefusal(error)) {
        this.#refusal = error;
        this.#backOff();
      }
      throw error;
    } finally {
      signal.removeEventListener("abort", leave);
      leave();
    }
  }

  #takeTurn(): boolean {
    const { clock, concurrency } = this.#limits;
    const nowMs = clock.monotonic();
    if (this.#running >= concurrency || nowMs < this.#nextStartMs) return false;
    this.#running += 1;
    this.#nextStartMs = nowMs + this.#intervalMs;
    return true;
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(waiting);
        reject(signal.reason);
        if (this.#waiting.size === 0) this.#disarm();
      };
      const waiting: Waiting = {
        start: () => {
          signal.removeEventListener("abort", leave);
          resolve();
        },
      };
      this.#waiting.add(waiting);
      signal.addEventListener("abort", leave, { once: true });
      this.#startWaiting();
    });
  }

  #startWaiting(): void {
    for (const waiting of this.#waiting) {
      if (!this.#takeTurn()) return this.#arm();
      this.#waiting.delete(waiting);
      waiting.start();
    }
  }

  // A load that ends looks for the next one by itself, so only a wait for the interval needs a timer.
  #arm(): void {
    const { clock, concurrency } = this.#limits;
    if (this.#running >= concurrency || this.#timer !== undefined) return;
    this.#timer = clock.after(Math.max(0, this.#nextStartMs - clock.monotonic()), () => {
      this.#timer = undefined;
      this.#startWaiting();
    });
  }

  #backOff(): void {
    const { clock, maxIntervalMs } = this.#limits;
    this.#intervalMs = Math.min(Math.max(this.#intervalMs * 2, FIRST_BACKOFF_MS), maxIntervalMs);
    this.#nextStartMs = Math.max(this.#nextStartMs, clock.monotonic() + this.#intervalMs);
    this.#disarm();
  }

  #disarm(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }
}
