/** One queue per key: work on the same key runs one at a time and in order, work on different keys overlaps. */
export class KeyedMutex {
  readonly #tails = new Map<string, Promise<void>>();

  /** Keys with work running or waiting. */
  get size(): number {
    return this.#tails.size;
  }

  /** Runs `work` once all earlier work on `key` has settled, and settles as `work` does. */
  run<T>(key: string, work: () => Promise<T> | T): Promise<T> {
    const before = this.#tails.get(key) ?? Promise.resolve();
    const result = before.then(work);
    const leave = (): void => {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    };
    // Only the queue ignores the outcome: the caller holds `result` and sees it.
    const tail = result.then(leave, leave);
    this.#tails.set(key, tail);
    return result;
  }
}
