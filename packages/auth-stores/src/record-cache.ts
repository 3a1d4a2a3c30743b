// What an entry costs besides its bytes: the map slot, the key string and the Buffer object, roughly.
const ENTRY_BYTES = 200;

/** What is known of records that are durable: their bytes, or `null` for one known to be absent. */
export class RecordCache {
  readonly #maxBytes: number;
  // A Map iterates in insertion order, so the first key is the one used longest ago.
  readonly #entries = new Map<string, Uint8Array | null>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** `undefined` when nothing is known. */
  get(key: string): Uint8Array | null | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  set(key: string, value: Uint8Array | null): void {
    this.delete(key);
    this.#entries.set(key, value);
    this.#bytes += cost(key, value);
    while (this.#bytes > this.#maxBytes) {
      const oldest = this.#entries.keys().next();
      if (oldest.done === true) return;
      this.delete(oldest.value);
    }
  }

  delete(key: string): void {
    const value = this.#entries.get(key);
    if (value === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= cost(key, value);
  }

  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }
}

function cost(key: string, value: Uint8Array | null): number {
  return ENTRY_BYTES + 2 * key.length + (value?.length ?? 0);
}
