import { type Clock, type TimerOptions, sleepOn } from "@motte/core/clock";
import { UsageError } from "@motte/core/errors";
import { TimerQueue, type VirtualTimer } from "./timers.ts";

/** Both readings of a clock, in milliseconds. */
interface Reading {
  readonly wall: number;
  readonly monotonic: number;
}

export interface ClockSnapshot {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly frozen: boolean;
}

// Adding and taking away offsets leaves a rounding error far below anything a clock measures.
const ROUNDING_MS = 1e-6;
// ECMAScript, 21.4.1.1: what a Date can hold, either way from the epoch.
const LAST_DATE_MS = 8_640_000_000_000_000;

/**
 * Time in the world of one mock server. It follows the clock it is given until a test freezes it, sets it or moves it
 * on, and whatever falls due on the way happens then, in order.
 *
 * Timers measure elapsed time: putting the clock back with `set` moves the date only, as on a real machine. While the
 * clock is frozen no timer fires by itself, and a pending one does not keep the process running.
 */
export class VirtualClock implements Clock {
  readonly #base: Clock;
  readonly #timers = new TimerQueue();
  /** What is added to the base clock while this one runs. */
  #offset: Reading = { wall: 0, monotonic: 0 };
  /** What a frozen clock shows. */
  #frozenAt: Reading | undefined;
  #alarm: Disposable | undefined;

  /** @internal */
  constructor(base: Clock) {
    this.#base = base;
  }

  /** Milliseconds since the epoch. */
  now(): number {
    return this.#frozenAt?.wall ?? this.#base.now() + this.#offset.wall;
  }

  /** Milliseconds since an arbitrary start. Never moves backwards. */
  monotonic(): number {
    return this.#frozenAt?.monotonic ?? this.#base.monotonic() + this.#offset.monotonic;
  }

  get frozen(): boolean {
    return this.#frozenAt !== undefined;
  }

  /** Timers that have not fired yet. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** Stops the clock where it is. Does nothing to one that is stopped. */
  freeze(): void {
    this.#frozenAt ??= { wall: this.now(), monotonic: this.monotonic() };
    this.#setAlarm();
  }

  /** Lets a stopped clock go on from what it shows. */
  resume(): void {
    if (this.#frozenAt === undefined) return;
    const { wall, monotonic } = this.#frozenAt;
    this.#offset = {
      wall: wall - this.#base.now(),
      monotonic: monotonic - this.#base.monotonic(),
    };
    this.#frozenAt = undefined;
    this.#setAlarm();
  }

  /**
   * Sets the date, as milliseconds since the epoch or a `Date`. Forwards is like `advance`; backwards fires nothing
   * and leaves timers the time they had left. A frozen clock stays frozen. Throws a `UsageError`.
   */
  set(date: Date | number): void {
    const ms = date instanceof Date ? date.getTime() : date;
    if (!isDate(ms)) throw invalid("clock.set takes a date or milliseconds", date);
    const ahead = ms - this.now();
    if (ahead > 0) this.advance(ahead);
    else this.#shift({ wall: ahead, monotonic: 0 });
  }

  /**
   * Moves the clock on, frozen or not, and fires the timers that fall due on the way, each at its time, before it
   * returns. What they wake goes on after that. Throws a `UsageError`.
   */
  advance(ms: number): void {
    if (!(ms >= 0) || !isDate(this.now() + ms)) {
      throw invalid("clock.advance takes milliseconds of at least 0, up to the last date", ms);
    }
    const target = this.monotonic() + ms;
    try {
      this.#fire(target, (dueMs) => this.#moveTo(dueMs));
      this.#moveTo(target);
    } finally {
      this.#setAlarm();
    }
  }

  after(ms: number, callback: () => void, { keepAlive = false }: TimerOptions = {}): Disposable {
    const timer: VirtualTimer = {
      dueMs: this.monotonic() + Math.max(ms, 0),
      callback,
      keepAlive,
    };
    this.#timers.add(timer);
    this.#setAlarm();
    return {
      [Symbol.dispose]: () => {
        if (this.#timers.remove(timer)) this.#setAlarm();
      },
    };
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal);
  }

  /** @internal */
  toSnapshot(): ClockSnapshot {
    return { now: this.now(), frozen: this.frozen };
  }

  /** @internal Sets the date and nothing else: no timer fires, and each has the time left it had. */
  fromSnapshot({ now, frozen }: ClockSnapshot): void {
    // Stopped first: two readings of a running clock may lie a millisecond apart.
    this.freeze();
    this.#shift({ wall: now - this.now(), monotonic: 0 });
    if (!frozen) this.resume();
  }

  /** @internal Drops every timer: the server is closed. */
  close(): void {
    for (let timer = this.#timers.next; timer !== undefined; timer = this.#timers.next) {
      this.#timers.remove(timer);
    }
    this.#setAlarm();
  }

  #fire(until: number, before: (dueMs: number) => void): void {
    for (;;) {
      const timer = this.#timers.next;
      if (timer === undefined || timer.dueMs > until + ROUNDING_MS) return;
      this.#timers.remove(timer);
      before(timer.dueMs);
      timer.callback();
    }
  }

  /** Nowhere when the clock is there already: a timer may have moved it. */
  #moveTo(monotonic: number): void {
    const by = Math.max(0, monotonic - this.monotonic());
    this.#shift({ wall: by, monotonic: by });
  }

  #shift(by: Reading): void {
    const moved = ({ wall, monotonic }: Reading): Reading => ({
      wall: wall + by.wall,
      monotonic: monotonic + by.monotonic,
    });
    if (this.#frozenAt === undefined) this.#offset = moved(this.#offset);
    else this.#frozenAt = moved(this.#frozenAt);
  }

  /** Has the base clock wake this one for the next timer, unless it is frozen. */
  #setAlarm(): void {
    this.#alarm?.[Symbol.dispose]();
    this.#alarm = undefined;
    const { next, keepsAlive } = this.#timers;
    if (next === undefined || this.frozen) return;
    const ring = (): void => {
      try {
        this.#fire(this.monotonic(), () => {});
      } finally {
        this.#setAlarm();
      }
    };
    const inMs = next.dueMs - this.monotonic();
    this.#alarm = this.#base.after(inMs, ring, { keepAlive: keepsAlive });
  }
}

/** Whether a `Date` can hold it. */
function isDate(ms: unknown): boolean {
  return typeof ms === "number" && Math.abs(ms) <= LAST_DATE_MS;
}

function invalid(what: string, given: unknown): UsageError {
  return new UsageError("USAGE_INVALID_OPTION", `${what}, not ${String(given)}`);
}
