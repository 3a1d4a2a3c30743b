export interface VirtualTimer {
  /** On the monotonic reading of the clock. */
  readonly dueMs: number;
  readonly callback: () => void;
  readonly keepAlive: boolean;
}

/** Timers by when they fall due; of two that fall due together, the one that was started first. */
export class TimerQueue {
  // Sorted. A server has few timers, and most are added near the end.
  readonly #timers: VirtualTimer[] = [];

  get next(): VirtualTimer | undefined {
    return this.#timers[0];
  }

  get size(): number {
    return this.#timers.length;
  }

  get keepsAlive(): boolean {
    return this.#timers.some(({ keepAlive }) => keepAlive);
  }

  add(timer: VirtualTimer): void {
    const later = this.#timers.findIndex(({ dueMs }) => dueMs > timer.dueMs);
    if (later === -1) this.#timers.push(timer);
    else this.#timers.splice(later, 0, timer);
  }

  /** False when it has fired, or was removed before. */
  remove(timer: VirtualTimer): boolean {
    const position = this.#timers.indexOf(timer);
    if (position === -1) return false;
    this.#timers.splice(position, 1);
    return true;
  }
}
