/** A chunk that grows beyond this is made two. */
const MOST_PER_CHUNK = 512;

/** Keys in their order, in chunks: one long list would be moved as a whole for each key that comes or goes. */
export class SortedKeys {
  /** None of them empty. */
  readonly #chunks: string[][] = [];

  constructor(keys: Iterable<string> = []) {
    const sorted = [...keys].toSorted(compareKeys);
    for (let from = 0; from < sorted.length; from += MOST_PER_CHUNK / 2) {
      this.#chunks.push(sorted.slice(from, from + MOST_PER_CHUNK / 2));
    }
  }

  /** Adds a key that is not there yet. */
  add(key: string): void {
    const index = Math.min(this.#chunkOf(key), this.#chunks.length - 1);
    const chunk = this.#chunks[index];
    if (chunk === undefined) {
      this.#chunks.push([key]);
      return;
    }
    chunk.splice(placeIn(chunk, key), 0, key);
    if (chunk.length <= MOST_PER_CHUNK) return;
    this.#chunks.splice(index + 1, 0, chunk.splice(MOST_PER_CHUNK / 2));
  }

  delete(key: string): void {
    const index = this.#chunkOf(key);
    const chunk = this.#chunks[index];
    if (chunk === undefined) return;
    const place = placeIn(chunk, key);
    if (chunk[place] !== key) return;
    chunk.splice(place, 1);
    if (chunk.length === 0) this.#chunks.splice(index, 1);
  }

  /** The keys from this one on. */
  *from(first: string): Iterable<string> {
    let index = this.#chunkOf(first);
    let place = placeIn(this.#chunks[index] ?? [], first);
    for (; index < this.#chunks.length; index++) {
      const chunk = this.#chunks[index] ?? [];
      for (; place < chunk.length; place++) yield chunk[place] ?? "";
      place = 0;
    }
  }

  /** The chunk that a key is in, or would be: the first that does not end before it. */
  #chunkOf(key: string): number {
    let [low, high] = [0, this.#chunks.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareKeys(this.#chunks[middle]?.at(-1) ?? "", key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function placeIn(chunk: readonly string[], key: string): number {
  let [low, high] = [0, chunk.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareKeys(chunk[middle] ?? "", key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

// SQLite compares text by its bytes. Keys are JIDs and ids, so code units give the same order.
export function compareKeys(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
