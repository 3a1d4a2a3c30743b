/** Work on the same key runs one at a time and in order, also where one piece of work has many keys. */
export class KeyOrder {
  readonly #tails = new Map<string, Promise<void>>();
  // Work on every key: all that comes later waits for it.
  #barrier: Promise<void> | undefined;

  /** Runs `work` when all earlier work on any of `keys` has settled, at once if there is none. */
  run<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
    const before = new Set<Promise<void>>();
    for (const key of keys) {
      const tail = this.#tails.get(key) ?? this.#barrier;
      if (tail) before.add(tail);
    }
    const { result, tail } = after(before, work);
    for (const key of keys) this.#tails.set(key, tail);
    void tail.finally(() => {
      for (const key of keys) if (this.#tails.get(key) === tail) this.#tails.delete(key);
    });
    return result;
  }

  /** Runs `work` as if it had every key. */
  runOnAll<T>(work: () => Promise<T>): Promise<T> {
    const before = new Set(this.#tails.values());
    if (this.#barrier) before.add(this.#barrier);
    const { result, tail } = after(before, work);
    this.#tails.clear();
    this.#barrier = tail;
    void tail.finally(() => {
      if (this.#barrier === tail) this.#barrier = undefined;
    });
    return result;
  }
}

function after<T>(
  before: ReadonlySet<Promise<void>>,
  work: () => Promise<T>,
): { readonly result: Promise<T>; readonly tail: Promise<void> } {
  const result = before.size === 0 ? work() : Promise.all(before).then(work);
  // Only the order ignores how it ended: the caller holds `result` and sees it.
  const tail = result.then(ignore, ignore);
  return { result, tail };
}

function ignore(): void {}
