import type { PreKey } from "./pre-key-bundle.ts";

/** The one-time keys a client has uploaded. Each is handed out once, lowest id first. */
export class PreKeyPool {
  readonly #keys = new Map<number, PreKey>();

  get size(): number {
    return this.#keys.size;
  }

  add(keys: Iterable<PreKey>): void {
    for (const key of keys) this.#keys.set(key.id, key);
  }

  take(): PreKey | undefined {
    if (this.#keys.size === 0) return undefined;
    const lowest = this.#keys.get(Math.min(...this.#keys.keys()));
    if (lowest !== undefined) this.#keys.delete(lowest.id);
    return lowest;
  }

  fromSnapshot(keys: readonly PreKey[]): void {
    this.#keys.clear();
    this.add(keys);
  }

  /** Every key still there, lowest id first. */
  list(): readonly PreKey[] {
    return [...this.#keys.values()].toSorted((a, b) => a.id - b.id);
  }
}
