import { StoreKitError } from "../../errors.ts";
import type { OpenCheck } from "../../kv/open-check.ts";
import { MemoryTable } from "../memory-table.ts";
import type { PageOptions, Table, TableEntry, TableName, TableShape } from "../table.ts";
import type { RowChange } from "./change-log.ts";

/** What Redis had of a table when it was opened. */
export interface LoadedTable {
  readonly rows: ReadonlyMap<string, unknown>;
  /** Rows that could not be decoded, as they are: a newer release may have written them. */
  readonly unreadable: Map<string, Uint8Array>;
}

/** A table as it would be written as a whole. */
export interface WholeTable {
  readonly rowCount: number;
  /** All rows as they are now, those that cannot be read among them. Each is encoded when it is asked for. */
  encoded(): Iterable<readonly [string, Uint8Array]>;
}

/** A table that no store has asked for yet. */
export class SleepingTable implements WholeTable {
  readonly loaded: LoadedTable;
  readonly #encode: Holder["encode"];

  constructor(loaded: LoadedTable, encode: Holder["encode"]) {
    this.loaded = loaded;
    this.#encode = encode;
  }

  get rowCount(): number {
    return this.loaded.rows.size + this.loaded.unreadable.size;
  }

  encoded(): Iterable<readonly [string, Uint8Array]> {
    return encodedOf([...this.loaded.rows], [...this.loaded.unreadable], this.#encode);
  }
}

export interface Holder {
  readonly open: OpenCheck;
  /** @throws StoreKitError when these tables may not be written any more. */
  assertWritable(): void;
  encode(row: unknown): Uint8Array;
  changed(change: RowChange): void;
}

/** A table that is in this process as a whole, and tells of each change. */
export class HeldTable<Row> implements Table<Row>, WholeTable {
  readonly #name: TableName;
  readonly #rows: MemoryTable<Row>;
  readonly #unreadable: Map<string, Uint8Array>;
  readonly #holder: Holder;

  constructor(shape: TableShape<Row>, { rows, unreadable }: LoadedTable, holder: Holder) {
    this.#name = shape.name;
    // The boundary to what this class wrote itself, one shape per table.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    this.#rows = new MemoryTable(shape, rows as ReadonlyMap<string, Row>);
    this.#unreadable = unreadable;
    this.#holder = holder;
  }

  get size(): number {
    this.#holder.open.assertOpen();
    return this.rowCount;
  }

  get rowCount(): number {
    return this.#rows.size + this.#unreadable.size;
  }

  get(key: string): Row | undefined {
    this.#holder.open.assertOpen();
    if (this.#unreadable.has(key)) throw this.#damaged();
    return this.#rows.get(key);
  }

  set(key: string, row: Row): void {
    this.#holder.open.assertOpen();
    this.#holder.assertWritable();
    const value = this.#holder.encode(row);
    const before = this.#rows.get(key);
    const damaged = this.#take(key);
    const evicted = this.#rows.put(key, row);
    this.#tell(key, value, () => this.#putBack(key, before, damaged));
    for (const { key: gone, row: last } of evicted) {
      this.#tell(gone, undefined, () => this.#rows.restore(gone, last));
    }
  }

  delete(key: string): boolean {
    this.#holder.open.assertOpen();
    this.#holder.assertWritable();
    const before = this.#rows.get(key);
    const damaged = this.#take(key);
    if (!this.#rows.delete(key) && damaged === undefined) return false;
    this.#tell(key, undefined, () => this.#putBack(key, before, damaged));
    return true;
  }

  page(options: PageOptions): readonly TableEntry<Row>[] {
    this.#assertReadable("");
    return this.#rows.page(options);
  }

  list(prefix = ""): readonly TableEntry<Row>[] {
    this.#assertReadable(prefix);
    return this.#rows.list(prefix);
  }

  scan(after: string, limit: number): readonly TableEntry<Row>[] {
    this.#assertReadable("");
    return this.#rows.scan(after, limit);
  }

  count(prefix: string): number {
    this.#holder.open.assertOpen();
    const unreadable = [...this.#unreadable.keys()].filter((key) => key.startsWith(prefix));
    return this.#rows.count(prefix) + unreadable.length;
  }

  encoded(): Iterable<readonly [string, Uint8Array]> {
    const rows = this.#rows.list().map(({ key, row }) => [key, row] as const);
    return encodedOf(rows, [...this.#unreadable], (row) => this.#holder.encode(row));
  }

  #take(key: string): Uint8Array | undefined {
    const value = this.#unreadable.get(key);
    this.#unreadable.delete(key);
    return value;
  }

  #putBack(key: string, before: Row | undefined, damaged: Uint8Array | undefined): void {
    if (before === undefined) this.#rows.delete(key);
    else this.#rows.restore(key, before);
    if (damaged !== undefined) this.#unreadable.set(key, damaged);
  }

  #tell(key: string, value: Uint8Array | undefined, undo: () => void): void {
    this.#holder.changed({ table: this.#name, key, value, undo });
  }

  #assertReadable(prefix: string): void {
    this.#holder.open.assertOpen();
    for (const key of this.#unreadable.keys()) if (key.startsWith(prefix)) throw this.#damaged();
  }

  #damaged(): StoreKitError {
    return new StoreKitError(
      "STORE_KIT_BODY_UNREADABLE",
      `A row of the table ${this.#name} is damaged or of a newer release: upgrade, or delete it`,
    );
  }
}

// A row is never changed in place, so what it was stays to be encoded later.
function* encodedOf(
  rows: Iterable<readonly [string, unknown]>,
  unreadable: Iterable<readonly [string, Uint8Array]>,
  encode: Holder["encode"],
): Iterable<readonly [string, Uint8Array]> {
  for (const [key, row] of rows) yield [key, encode(row)];
  yield* unreadable;
}
