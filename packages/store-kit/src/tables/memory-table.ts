import { SortedKeys, compareKeys } from "./sorted-keys.ts";
import {
  type PageCursor,
  type Table,
  type TableEntry,
  type TableShape,
  overflow,
} from "./table.ts";

const LARGE_PAGE = 1000;

/** One table's rows, in this process. */
export class MemoryTable<Row> implements Table<Row> {
  readonly #rows: Map<string, Row>;
  /** So that those of a prefix are found without looking at all. */
  readonly #keys: SortedKeys;
  readonly #shape: TableShape<Row>;

  constructor(shape: TableShape<Row>, rows: Iterable<readonly [string, Row]> = []) {
    this.#shape = shape;
    this.#rows = new Map(rows);
    this.#keys = new SortedKeys(this.#rows.keys());
  }

  get size(): number {
    return this.#rows.size;
  }

  get(key: string): Row | undefined {
    return this.#rows.get(key);
  }

  set(key: string, row: Row): void {
    this.put(key, row);
  }

  /** As `set`; answers what had to go for it. */
  put(key: string, row: Row): readonly TableEntry<Row>[] {
    this.restore(key, row);
    const surplus = overflow(this.#rows.size, this.#shape.max);
    if (surplus === 0) return [];
    const lowest = this.#lowest(surplus);
    for (const entry of lowest) this.delete(entry.key);
    return lowest;
  }

  /** Puts a row back, also where that is one too many. */
  restore(key: string, row: Row): void {
    if (!this.#rows.has(key)) this.#keys.add(key);
    this.#rows.set(key, row);
  }

  delete(key: string): boolean {
    if (!this.#rows.delete(key)) return false;
    this.#keys.delete(key);
    return true;
  }

  page({ limit, after }: { limit: number; after?: PageCursor | undefined }): TableEntry<Row>[] {
    if (limit > LARGE_PAGE) return this.#sorted(after).slice(0, limit);
    // The first of them, in order: to sort all for each page takes many times as long.
    const first: TableEntry<Row>[] = [];
    for (const [key, row] of this.#rows) {
      const cursor = { key, rank: this.#shape.rankOf(row) };
      if (after !== undefined && byRank(after, cursor) >= 0) continue;
      const last = first.length < limit ? undefined : first.at(-1);
      if (last === undefined ? limit <= 0 : byRank(last, cursor) <= 0) continue;
      if (last !== undefined) first.pop();
      first.splice(placeOf(first, cursor), 0, { ...cursor, row });
    }
    return first;
  }

  list(prefix = ""): TableEntry<Row>[] {
    const entries: TableEntry<Row>[] = [];
    for (const key of this.#keys.from(prefix)) {
      if (!key.startsWith(prefix)) break;
      entries.push(...this.#entryOf(key));
    }
    return entries;
  }

  scan(after: string, limit: number): TableEntry<Row>[] {
    const entries: TableEntry<Row>[] = [];
    for (const key of this.#keys.from(after)) {
      if (entries.length >= limit) break;
      if (key !== after) entries.push(...this.#entryOf(key));
    }
    return entries;
  }

  count(prefix: string): number {
    let count = 0;
    for (const key of this.#keys.from(prefix)) {
      if (!key.startsWith(prefix)) break;
      count += 1;
    }
    return count;
  }

  #sorted(after: PageCursor | undefined): TableEntry<Row>[] {
    return Array.from(this.#rows, ([key, row]) => ({ key, row, rank: this.#shape.rankOf(row) }))
      .filter((entry) => after === undefined || byRank(after, entry) < 0)
      .toSorted(byRank);
  }

  #entryOf(key: string): TableEntry<Row>[] {
    const row = this.#rows.get(key);
    return row === undefined ? [] : [{ key, row, rank: this.#shape.rankOf(row) }];
  }

  /** Those of the lowest ranks, of equal ones those with the last keys. */
  #lowest(count: number): readonly TableEntry<Row>[] {
    const { rankOf } = this.#shape;
    const ranks = Float64Array.from(this.#rows.values(), rankOf).toSorted();
    const highest = ranks[count - 1] ?? -Infinity;
    const entries: TableEntry<Row>[] = [];
    for (const [key, row] of this.#rows) {
      const rank = rankOf(row);
      if (rank <= highest) entries.push({ key, row, rank });
    }
    return entries.toSorted(byRank).slice(-count);
  }
}

/** Where an entry belongs among those in order. */
function placeOf(entries: readonly PageCursor[], entry: PageCursor): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const one = entries[middle];
    if (one !== undefined && byRank(one, entry) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function byRank(a: PageCursor, b: PageCursor): number {
  return b.rank - a.rank || compareKeys(a.key, b.key);
}
