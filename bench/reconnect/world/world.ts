import { type Clock, sleepOn } from "@motte/core/clock";
import { EventQueue } from "./event-queue.ts";

/** Time that only moves when something is planned. As a `Clock` it drives whatever takes one. */
export class World implements Clock {
  readonly #queue = new EventQueue();
  #nowMs = 0;

  now(): number {
    return this.#nowMs;
  }

  monotonic(): number {
    return this.#nowMs;
  }

  /** In whole milliseconds, as timers are: a part of one might be too small to move the clock. */
  after(ms: number, run: () => void): Disposable {
    return this.#queue.add(this.#nowMs + Math.ceil(Math.max(ms, 0)), run);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal);
  }

  /** Lets everything happen until `untilMs`. For worlds in which nobody awaits anything. */
  run(untilMs: number): void {
    while (this.#step(untilMs));
  }

  /** The same where promises are awaited: after each event everybody goes on until they wait for time again. */
  async runSettling(untilMs: number): Promise<void> {
    await settle();
    while (this.#step(untilMs)) await settle();
  }

  #step(untilMs: number): boolean {
    const nextMs = this.#queue.nextAtMs;
    if (nextMs === undefined || nextMs > untilMs) {
      this.#nowMs = Math.max(this.#nowMs, untilMs);
      return false;
    }
    this.#nowMs = nextMs;
    this.#queue.take()?.run();
    return true;
  }
}

function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
