import {
  type PageCursor,
  type Table,
  type TableEntry,
  type TableShape,
  overflow,
} from "./table.ts";

/** One table's rows, in this process. */
export class MemoryTable<Row> implements Table<Row> {
  readonly #rows: Map<string, Row>;
  /** The keys in their order, so that those of a prefix are found without looking at all. */
  #keys: string[];
  readonly #shape: TableShape<Row>;

  constructor(shape: TableShape<Row>, rows: Iterable<readonly [string, Row]> = []) {
    this.#shape = shape;
    this.#rows = new Map(rows);
    this.#keys = [...this.#rows.keys()].toSorted(compareKeys);
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
    const lowest = this.#entries().toSorted(byRank).slice(-surplus);
    for (const entry of lowest) this.#rows.delete(entry.key);
    this.#keys = this.#keys.filter((one) => this.#rows.has(one));
    return lowest;
  }

  /** Puts a row back, also where that is one too many. */
  restore(key: string, row: Row): void {
    if (!this.#rows.has(key)) this.#keys.splice(this.#indexOf(key), 0, key);
    this.#rows.set(key, row);
  }

  delete(key: string): boolean {
    if (!this.#rows.delete(key)) return false;
    this.#keys.splice(this.#indexOf(key), 1);
    return true;
  }

  page({ limit, after }: { limit: number; after?: PageCursor | undefined }): TableEntry<Row>[] {
    const rest = this.#entries().filter((entry) => after === undefined || byRank(after, entry) < 0);
    return rest.toSorted(byRank).slice(0, limit);
  }

  list(prefix = ""): TableEntry<Row>[] {
    const entries: TableEntry<Row>[] = [];
    for (let index = this.#indexOf(prefix); index < this.#keys.length; index++) {
      const key = this.#keys[index];
      if (!key?.startsWith(prefix)) break;
      const row = this.#rows.get(key);
      if (row !== undefined) entries.push({ key, row, rank: this.#shape.rankOf(row) });
    }
    return entries;
  }

  scan(after: string, limit: number): TableEntry<Row>[] {
    const from = this.#indexOf(after);
    const keys = this.#keys.slice(from, from + limit + 1).filter((key) => key !== after);
    return keys.slice(0, limit).flatMap((key) => {
      const row = this.#rows.get(key);
      return row === undefined ? [] : [{ key, row, rank: this.#shape.rankOf(row) }];
    });
  }

  count(prefix: string): number {
    return this.list(prefix).length;
  }

  /** Where a key is, or would be. */
  #indexOf(key: string): number {
    let [low, high] = [0, this.#keys.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareKeys(this.#keys[middle] ?? "", key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #entries(): TableEntry<Row>[] {
    return Array.from(this.#rows, ([key, row]) => ({ key, row, rank: this.#shape.rankOf(row) }));
  }
}

function byRank(a: PageCursor, b: PageCursor): number {
  return b.rank - a.rank || compareKeys(a.key, b.key);
}

// SQLite compares text by its bytes. Keys are JIDs and ids, so code units give the same order.
function compareKeys(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
