// More keys than this are not told apart any more.
const MAX_KEYS = 10_000;

/** Keys whose entry in the second level may be older than what was acknowledged. */
export class DirtyKeys {
  readonly #keys = new Set<string>();
  #all = false;

  get size(): number {
    return this.#all ? Infinity : this.#keys.size;
  }

  has(key: string): boolean {
    return this.#all || this.#keys.has(key);
  }

  /** The keys, or `undefined` when it may be any. */
  known(): readonly string[] | undefined {
    return this.#all ? undefined : [...this.#keys];
  }

  add(keys: readonly string[]): void {
    for (const key of keys) this.#keys.add(key);
    if (this.#keys.size > MAX_KEYS) this.addAll();
  }

  addAll(): void {
    this.#all = true;
    this.#keys.clear();
  }

  delete(keys: readonly string[]): void {
    for (const key of keys) this.#keys.delete(key);
  }

  clear(): void {
    this.#all = false;
    this.#keys.clear();
  }
}
