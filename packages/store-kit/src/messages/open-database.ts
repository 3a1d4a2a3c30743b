import { open, stat, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { UsageError, hasCode } from "@motte/core/errors";
import { type SqliteDatabase, type SqliteDriver, openSqlite } from "@motte/core/sqlite";
import { guarded } from "./guarded.ts";
import { BUSY_TIMEOUT_MS, foreignDatabase, prepareSchema } from "./schema.ts";

export interface OpenedDatabase {
  readonly database: SqliteDatabase;
  /** Closes what this package opened; a handle that was passed in stays open. */
  close(): void;
}

/** Opens a file of our own, created readable by its owner only. */
export async function openFile(
  file: string,
  driver: SqliteDriver | undefined,
): Promise<OpenedDatabase> {
  const created = file !== ":memory:" && (await createPrivately(file));
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

/** Takes a handle that the caller opened and will close. */
export function takeHandle(database: SqliteDatabase): OpenedDatabase {
  prepare(database);
  return { database, close: () => {} };
}

function prepare(database: SqliteDatabase): void {
  try {
    guarded(() => {
      database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
      prepareSchema(database);
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
    `Cannot open the message store: ${why}. Pass a file in a folder that exists and that this user may write`,
    { cause },
  );
}
