import { UsageError, hasCode } from "./errors.ts";

/** What SQLite columns hold. Integers come back as `number`. */
export type SqliteValue = null | number | bigint | string | Uint8Array;

export type SqliteRow = Record<string, SqliteValue>;

/** A prepared statement, as `node:sqlite` and better-sqlite3 both shape it. */
export interface SqliteStatement {
  run(...parameters: SqliteValue[]): { readonly changes: number | bigint };
  get(...parameters: SqliteValue[]): SqliteRow | undefined;
  all(...parameters: SqliteValue[]): SqliteRow[];
  iterate(...parameters: SqliteValue[]): IterableIterator<SqliteRow>;
}

/** An open database, as `node:sqlite` and better-sqlite3 both shape it: a handle of either can be passed in. */
export interface SqliteDatabase {
  exec(sql: string): unknown;
  prepare(sql: string): SqliteStatement;
  close(): void;
}

export type SqliteDriver = "node:sqlite" | "better-sqlite3";

export interface OpenSqliteOptions {
  /** @defaultValue `node:sqlite` where the running Node has it, else better-sqlite3 */
  readonly driver?: SqliteDriver;
}

// The two modules are typed here by the little we use, so that neither needs to be installed to compile.
interface NodeSqliteModule {
  readonly DatabaseSync: new (file: string) => SqliteDatabase;
}
interface BetterSqliteModule {
  readonly default: new (file: string) => SqliteDatabase;
}

/** The drivers that load in this process, preferred one first. */
export async function availableSqliteDrivers(): Promise<readonly SqliteDriver[]> {
  const drivers: SqliteDriver[] = [];
  if ((await loadNodeSqlite()) !== undefined) drivers.push("node:sqlite");
  if ((await loadBetterSqlite()) !== undefined) drivers.push("better-sqlite3");
  return drivers;
}

/** Opens `file` (or `":memory:"`) with the driver asked for, else the first that this Node offers. */
export async function openSqlite(
  file: string,
  options: OpenSqliteOptions = {},
): Promise<SqliteDatabase> {
  const { driver } = options;
  const open = await findDriver(driver);
  if (open === undefined) throw missingDriver(driver);
  try {
    return open(file);
  } catch (error) {
    throw new UsageError(
      "USAGE_UNREADABLE_PATH",
      `Cannot open the SQLite database ${file}: ${error instanceof Error ? error.message : String(error)}. Check that its folder exists and that this user may write there`,
      { cause: error },
    );
  }
}

/** Runs `work` in one `BEGIN IMMEDIATE` transaction: committed when it returns, rolled back when it throws. */
export function inTransaction<T>(database: SqliteDatabase, work: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    rollBack(database);
    throw error;
  }
}

function rollBack(database: SqliteDatabase): void {
  try {
    database.exec("ROLLBACK");
  } catch {
    // SQLite has already rolled back on its own (disk full, I/O error); the first error is the one to report.
  }
}

async function findDriver(
  driver: SqliteDriver | undefined,
): Promise<((file: string) => SqliteDatabase) | undefined> {
  if (driver !== "better-sqlite3") {
    const module = await loadNodeSqlite();
    if (module !== undefined) return (file) => new module.DatabaseSync(file);
  }
  if (driver !== "node:sqlite") {
    const module = await loadBetterSqlite();
    if (module !== undefined) return (file) => new module.default(file);
  }
  return undefined;
}

async function loadNodeSqlite(): Promise<NodeSqliteModule | undefined> {
  return loadOptional<NodeSqliteModule>("node:sqlite", ["ERR_UNKNOWN_BUILTIN_MODULE"]);
}

async function loadBetterSqlite(): Promise<BetterSqliteModule | undefined> {
  const module = await loadOptional<BetterSqliteModule>("better-sqlite3", ["ERR_MODULE_NOT_FOUND"]);
  if (module === undefined) return undefined;
  try {
    // The native part loads with the first database: built for another Node, it fails only here.
    new module.default(":memory:").close();
    return module;
  } catch (error) {
    if (hasCode(error, "ERR_DLOPEN_FAILED") || isMissingBinding(error)) return undefined;
    throw error;
  }
}

function isMissingBinding(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("Could not locate the bindings file");
}

async function loadOptional<T>(
  specifier: string,
  absentCodes: readonly string[],
): Promise<T | undefined> {
  try {
    const module: T = await import(specifier);
    return module;
  } catch (error) {
    if (absentCodes.some((code) => hasCode(error, code))) return undefined;
    throw error;
  }
}

function missingDriver(driver: SqliteDriver | undefined): UsageError {
  const what = driver === undefined ? "No SQLite driver" : `The SQLite driver ${driver}`;
  const missing = driver === undefined ? "was found" : "does not load here";
  return new UsageError(
    "USAGE_MISSING_PEER",
    `${what} ${missing}: run on Node 22.13 or later, which has node:sqlite, or install better-sqlite3`,
  );
}
