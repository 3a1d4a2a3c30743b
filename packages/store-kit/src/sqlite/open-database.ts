import { open, stat, unlink } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { UsageError, hasCode } from "@motte/core/errors";
import { type SqliteDatabase, type SqliteDriver, openSqlite } from "@motte/core/sqlite";
import { type ErrorSink, totalSink } from "../error-sink.ts";
import { moveLogInThread } from "./checkpoints.ts";
import { guarded } from "./guarded.ts";
import { BUSY_TIMEOUT_MS, foreignDatabase, upgradeSchema } from "./upgrade.ts";

/** Where a store keeps its rows: a file of this package's own, or a handle of one. */
export interface DatabaseOptions {
  /** A SQLite file of this package's own, created with mode 0600; `":memory:"` keeps nothing. Or pass `database`. */
  readonly file?: string;
  /** An open database, which the caller closes afterwards; stores on one handle share one file. Or pass `file`. */
  readonly database?: SqliteDatabase;
  /** Which driver opens `file`. @defaultValue `node:sqlite` where the running Node has it, else better-sqlite3 */
  readonly driver?: SqliteDriver;
  /**
   * Move SQLite's write-ahead log into the file in a thread, which all databases of the process share and which starts
   * with the first log of some MiB. The first store on a handle decides. Without it, or when it fails, which is reported,
   * a commit now and then takes as long as moving the log takes.
   *
   * @defaultValue `true`
   */
  readonly checkpointThread?: boolean;
}

export interface OpenedDatabase {
  readonly database: SqliteDatabase;
  /** Closes what this package opened; a handle that was passed in stays open. */
  close(): void;
}

/** @throws UsageError unless exactly one of `file` and `database` is given. */
export function assertOneDatabase({ file, database }: DatabaseOptions): void {
  if ((file === undefined) !== (database === undefined) && file !== "") return;
  throw new UsageError("USAGE_INVALID_OPTION", "Pass either file, a path, or database");
}

/**
 * Opens the database and brings it to the current schema.
 *
 * The path is made absolute at once, and SQLite puts what it needs beside the file, so nothing is ever written
 * outside its folder, wherever the process goes.
 *
 * @throws UsageError for options that make no sense or a file that cannot be opened.
 * @throws StoreKitError `STORE_KIT_FOREIGN_DATABASE`, `STORE_KIT_SCHEMA_NEWER` or `STORE_KIT_UNAVAILABLE`.
 */
export async function openDatabase(
  options: DatabaseOptions,
  report: ErrorSink = totalSink(undefined),
): Promise<OpenedDatabase> {
  assertOneDatabase(options);
  const { file = "", database, driver } = options;
  const opened = await (database === undefined ? openFile(file, driver) : takeHandle(database));
  if (options.checkpointThread === false) return opened;
  try {
    return await withThread(opened, report);
  } catch (error) {
    opened.close();
    throw error;
  }
}

async function withThread(opened: OpenedDatabase, report: ErrorSink): Promise<OpenedDatabase> {
  const { database } = opened;
  const link = await moveLogInThread(database, report);
  if (link === undefined) return opened;
  const close = (): void => {
    // First, so that SQLite finds itself the last to close the file and leaves no log behind.
    link[Symbol.dispose]();
    opened.close();
  };
  return { database, close };
}

async function openFile(path: string, driver: SqliteDriver | undefined): Promise<OpenedDatabase> {
  const isFile = path !== ":memory:";
  const file = isFile ? resolve(path) : path;
  const created = isFile && (await createPrivately(file));
  let database: SqliteDatabase | undefined;
  try {
    database = await openSqlite(file, driver === undefined ? {} : { driver });
    prepare(database);
    const opened = database;
    return { database, close: () => opened.close() };
  } catch (error) {
    database?.close();
    // Once SQLite had it open, another process may have it too.
    if (created && database === undefined) await unlink(file);
    throw error;
  }
}

function takeHandle(database: SqliteDatabase): OpenedDatabase {
  prepare(database);
  return { database, close: () => {} };
}

function prepare(database: SqliteDatabase): void {
  try {
    guarded(() => {
      database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
      upgradeSchema(database);
    });
  } catch (error) {
    // SQLite reads a file only at the first statement, so this is where it finds that it is no database.
    const { cause } = error instanceof Error ? error : {};
    if (cause instanceof Error && cause.message.includes("file is not a database")) {
      throw foreignDatabase(cause);
    }
    throw error;
  }
}

/** True when the file was not there before. SQLite gives its `-wal` and `-shm` files the mode of this one. */
async function createPrivately(file: string): Promise<boolean> {
  const folder = dirname(file);
  try {
    if (!(await stat(folder)).isDirectory()) throw unreadable(`${folder} is not a folder`);
    const handle = await open(file, "wx", 0o600);
    await handle.close();
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    if (hasCode(error, "ENOENT")) throw unreadable(`the folder ${folder} does not exist`, error);
    if (error instanceof UsageError) throw error;
    throw unreadable(error instanceof Error ? error.message : String(error), error);
  }
}

function unreadable(why: string, cause?: unknown): UsageError {
  return new UsageError(
    "USAGE_UNREADABLE_PATH",
    `Cannot open the store: ${why}. Pass a file in a folder that exists and that this user may write`,
    { cause },
  );
}
