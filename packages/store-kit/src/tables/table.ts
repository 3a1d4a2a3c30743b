import { UsageError } from "@motte/core/errors";

/** Where a page ended: pass it on as `after`. */
export interface PageCursor {
  readonly rank: number;
  readonly key: string;
}

export interface PageOptions {
  /** Most rows of the page. */
  readonly limit: number;
  readonly after?: PageCursor | undefined;
}

export interface TableEntry<Row> {
  readonly key: string;
  readonly rank: number;
  readonly row: Row;
}

/** What a store keeps of one kind. */
export interface TableShape<Row> {
  readonly name: TableName;
  /** Most rows of one account; beyond that the lowest ranks go. */
  readonly max: number;
  /** What the rows are ordered by, mostly a time. A safe integer. */
  readonly rankOf: (row: Row) => number;
}

export type TableName =
  | "identity"
  | "entity"
  | "group_metadata"
  | "chat"
  | "unread"
  | "contact"
  | "label"
  | "label_association"
  | "receipt"
  | "reaction"
  | "blocked"
  | "star";

/** Every table there is. Another one is a name here: SQLite makes it when the database is next opened. */
export const TABLE_NAMES: readonly TableName[] = [
  "identity",
  "entity",
  "group_metadata",
  "chat",
  "unread",
  "contact",
  "label",
  "label_association",
  "receipt",
  "reaction",
  "blocked",
  "star",
];

/**
 * Rows by key, and in the order of their rank. Synchronous, as Baileys' events are.
 *
 * A row is plain JSON and is never changed in place: set another one.
 */
export interface Table<Row> {
  get(key: string): Row | undefined;
  set(key: string, row: Row): void;
  delete(key: string): boolean;
  /** Highest rank first, equal ranks by key. */
  page(options: PageOptions): readonly TableEntry<Row>[];
  /** Every row whose key begins with `prefix`, by key. */
  list(prefix?: string): readonly TableEntry<Row>[];
  /** At most `limit` rows behind the key `after`, by key: to look at all of them in steps. */
  scan(after: string, limit: number): readonly TableEntry<Row>[];
  /** How many rows have keys that begin with `prefix`. */
  count(prefix: string): number;
  readonly size: number;
}

/** Where the tables of one account live. */
export interface Tables {
  table<Row>(shape: TableShape<Row>): Table<Row>;
  /** Keeps all that `work` writes or, where the place can, nothing of it. May be nested. */
  atomically<T>(work: () => T): T;
}

/** How many rows go at once when a table is full: one by one would sort it each time. */
export function overflow(size: number, max: number): number {
  return size <= max ? 0 : Math.max(size - max, Math.floor(max / 16));
}

/** Two stores on one table would each believe in its own copy. */
export function inUse(name: TableName): UsageError {
  return new UsageError(
    "USAGE_INVALID_OPTION",
    `These tables already serve a store of the same kind (${name}): make one store per account, or open other tables`,
  );
}
