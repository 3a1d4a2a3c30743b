import { assertKnownOptions } from "@motte/core/options";
import type { SqliteDatabase, SqliteStatement } from "@motte/core/sqlite";
import { StoreKitError } from "../errors.ts";
import { assertAccount, openAccount } from "../sqlite/accounts.ts";
import { guarded } from "../sqlite/guarded.ts";
import { type DatabaseOptions, openDatabase } from "../sqlite/open-database.ts";
import { scrubbed } from "../sqlite/scrub.ts";
import { transaction } from "../sqlite/transaction.ts";
import {
  type PageOptions,
  type Table,
  type TableEntry,
  type TableName,
  type TableShape,
  type Tables,
  inUse,
  overflow,
} from "./table.ts";

/** Rows kept decoded, per table. What is asked for again and again is a small part of what is known. */
const CACHED_ROWS = 10_000;

export interface TablesOptions extends DatabaseOptions {
  /** Whose rows these are. Another account's are never seen. */
  readonly account: string;
}

/** Tables in SQLite, and the way to let go of them. */
export interface OpenTables extends Tables, Disposable {
  /**
   * Takes what was deleted off the disk, in steps. Says whether it is: another connection may be reading it.
   *
   * @throws StoreKitError `STORE_KIT_UNAVAILABLE`.
   */
  scrub(): Promise<boolean>;
  /** Closes the file; a handle that was passed in stays open. */
  close(): void;
}

/**
 * Opens tables in SQLite. On return a write survives the death of the process.
 *
 * One process per account: rows are also held here, and another's writes to them are not noticed.
 *
 * @throws UsageError for options that make no sense or a file that cannot be opened.
 * @throws StoreKitError `STORE_KIT_FOREIGN_DATABASE`, `STORE_KIT_SCHEMA_NEWER` or `STORE_KIT_UNAVAILABLE`.
 */
export async function openTables(options: TablesOptions): Promise<OpenTables> {
  assertKnownOptions("openTables", options, [
    "account",
    "file",
    "database",
    "driver",
    "checkpointThread",
  ]);
  const { account, ...where } = options;
  assertAccount(account);
  const opened = await openDatabase(where);
  const { database } = opened;
  const close = (): void => opened.close();
  try {
    const tables = new SqliteTables(
      database,
      guarded(() => openAccount(database, account)),
    );
    const scrub = (): Promise<boolean> => scrubbed(database);
    return Object.assign(tables, { scrub, close, [Symbol.dispose]: close });
  } catch (error) {
    close();
    throw error;
  }
}

class SqliteTables implements Tables {
  readonly #database: SqliteDatabase;
  readonly #acct: number;
  readonly #taken = new Map<TableName, { forget(): void }>();

  constructor(database: SqliteDatabase, acct: number) {
    this.#database = database;
    this.#acct = acct;
  }

  table<Row>(shape: TableShape<Row>): Table<Row> {
    if (this.#taken.has(shape.name)) throw inUse(shape.name);
    const table = guarded(() => new SqliteTable(this.#database, this.#acct, shape));
    this.#taken.set(shape.name, table);
    return table;
  }

  atomically<T>(work: () => T): T {
    let failure: { readonly error: unknown } | undefined;
    const watched = (): T => {
      try {
        return work();
      } catch (error) {
        failure = { error };
        throw error;
      }
    };
    try {
      return guarded(() => transaction(this.#database, watched));
    } catch (error) {
      // What was undone in the file must not live on in memory.
      for (const table of this.#taken.values()) table.forget();
      // Only what SQLite said is SQLite's: the work's own error is handed on as it is.
      throw failure === undefined ? error : failure.error;
    }
  }
}

class SqliteTable<Row> implements Table<Row> {
  readonly #acct: number;
  readonly #shape: TableShape<Row>;
  readonly #cache = new Map<string, { readonly row: Row }>();
  readonly #select: SqliteStatement;
  readonly #count: SqliteStatement;
  readonly #upsert: SqliteStatement;
  readonly #delete: SqliteStatement;
  readonly #deleteLowest: SqliteStatement;
  readonly #first: SqliteStatement;
  readonly #next: SqliteStatement;
  readonly #list: SqliteStatement;
  readonly #scan: SqliteStatement;
  readonly #countPrefix: SqliteStatement;
  #size: number | undefined;

  constructor(database: SqliteDatabase, acct: number, shape: TableShape<Row>) {
    const { name } = shape;
    this.#acct = acct;
    this.#shape = shape;
    this.#select = database.prepare(`SELECT data FROM ${name} WHERE acct = ? AND key = ?`);
    this.#count = database.prepare(`SELECT count(*) AS rows FROM ${name} WHERE acct = ?`);
    this.#upsert = database.prepare(
      `INSERT INTO ${name}(acct, key, rank, data) VALUES (?, ?, ?, ?)
       ON CONFLICT(acct, key) DO UPDATE SET rank = excluded.rank, data = excluded.data`,
    );
    this.#delete = database.prepare(`DELETE FROM ${name} WHERE acct = ? AND key = ?`);
    this.#deleteLowest = database.prepare(
      `DELETE FROM ${name} WHERE acct = ? AND key IN
         (SELECT key FROM ${name} WHERE acct = ? ORDER BY rank, key DESC LIMIT ?)`,
    );
    const page = `SELECT key, rank, data FROM ${name} WHERE acct = ?`;
    this.#first = database.prepare(`${page} ORDER BY rank DESC, key LIMIT ?`);
    this.#next = database.prepare(
      `${page} AND rank <= ? AND (rank < ? OR key > ?) ORDER BY rank DESC, key LIMIT ?`,
    );
    this.#list = database.prepare(
      `SELECT key, rank, data FROM ${name} WHERE acct = ? AND key >= ? AND key < ? ORDER BY key`,
    );
    this.#scan = database.prepare(`${page} AND key > ? ORDER BY key LIMIT ?`);
    this.#countPrefix = database.prepare(
      `SELECT count(*) AS rows FROM ${name} WHERE acct = ? AND key >= ? AND key < ?`,
    );
  }

  get size(): number {
    this.#size ??= Number(guarded(() => this.#count.get(this.#acct))?.["rows"]);
    return this.#size;
  }

  get(key: string): Row | undefined {
    const cached = this.#cache.get(key);
    if (cached !== undefined) return cached.row;
    const found = guarded(() => this.#select.get(this.#acct, key));
    if (found === undefined) return undefined;
    const row = this.#decode(found["data"]);
    this.#remember(key, row);
    return row;
  }

  set(key: string, row: Row): void {
    const before = this.size;
    const isNew = this.get(key) === undefined;
    this.#cache.delete(key);
    guarded(() => {
      this.#upsert.run(this.#acct, key, this.#shape.rankOf(row), JSON.stringify(row));
    });
    this.#remember(key, row);
    if (isNew) this.#grow(before + 1);
  }

  delete(key: string): boolean {
    const before = this.size;
    this.#cache.delete(key);
    const deleted = guarded(() => Number(this.#delete.run(this.#acct, key).changes));
    this.#size = before - deleted;
    return deleted > 0;
  }

  page({ limit, after }: PageOptions): TableEntry<Row>[] {
    const rows = guarded(() =>
      after === undefined
        ? this.#first.all(this.#acct, limit)
        : this.#next.all(this.#acct, after.rank, after.rank, after.key, limit),
    );
    return rows.map((row) => this.#entry(row));
  }

  list(prefix = ""): TableEntry<Row>[] {
    const rows = guarded(() => this.#list.all(this.#acct, prefix, behind(prefix)));
    return rows.map((row) => this.#entry(row));
  }

  scan(after: string, limit: number): TableEntry<Row>[] {
    const rows = guarded(() => this.#scan.all(this.#acct, after, limit));
    return rows.map((row) => this.#entry(row));
  }

  count(prefix: string): number {
    const counted = guarded(() => this.#countPrefix.get(this.#acct, prefix, behind(prefix)));
    return Number(counted?.["rows"]);
  }

  /** Drops what is held in memory, after writes that were undone. */
  forget(): void {
    this.#cache.clear();
    this.#size = undefined;
  }

  #remember(key: string, row: Row): void {
    const [oldest] = this.#cache.size < CACHED_ROWS ? [] : this.#cache.keys();
    if (oldest !== undefined) this.#cache.delete(oldest);
    this.#cache.set(key, { row });
  }

  #grow(size: number): void {
    this.#size = size;
    const surplus = overflow(size, this.#shape.max);
    if (surplus === 0) return;
    const run = (): unknown => this.#deleteLowest.run(this.#acct, this.#acct, surplus).changes;
    this.#size -= Number(guarded(run));
    this.#cache.clear();
  }

  #entry(row: Record<string, unknown>): TableEntry<Row> {
    return {
      key: String(row["key"]),
      rank: Number(row["rank"]),
      row: this.#decode(row["data"]),
    };
  }

  #decode(data: unknown): Row {
    try {
      // The boundary to what this class wrote itself, one shape per table.
      const row: Row = JSON.parse(String(data));
      return row;
    } catch (error) {
      throw new StoreKitError(
        "STORE_KIT_BODY_UNREADABLE",
        `A row of the table ${this.#shape.name} is damaged: delete it, or the file`,
        { cause: error },
      );
    }
  }
}

/** The end of the range of keys that begin with `prefix`: no key begins with the last code point there is. */
function behind(prefix: string): string {
  return `${prefix}\u{10ffff}`;
}
