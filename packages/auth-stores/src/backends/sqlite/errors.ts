import { MotteError } from "@motte/core/errors";
import { AuthStoreError } from "../../errors.ts";

// https://www.sqlite.org/rescode.html: primary result codes.
const RESULT_CODES: Readonly<Record<string, number>> = {
  SQLITE_BUSY: 5,
  SQLITE_LOCKED: 6,
  SQLITE_NOMEM: 7,
  SQLITE_IOERR: 10,
  SQLITE_CORRUPT: 11,
  SQLITE_FULL: 13,
  SQLITE_CANTOPEN: 14,
  SQLITE_PROTOCOL: 15,
  SQLITE_NOTADB: 26,
};
const PASSING: readonly number[] = [5, 6, 7, 10, 13, 14, 15];
const FULL = 13;
const DAMAGED: readonly number[] = [11, 26];

/** Runs `work` and gives whatever SQLite throws a code of ours. */
export function withSqliteErrors<T>(location: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof MotteError) throw error;
    throw translated(error, location);
  }
}

function translated(error: unknown, location: string): AuthStoreError {
  const code = resultCode(error);
  if (code !== undefined && DAMAGED.includes(code)) {
    return new AuthStoreError(
      "AUTH_STORE_CORRUPT",
      `${location} is damaged or no SQLite database, and was left as it is: restore a backup or choose another file`,
      { cause: error },
    );
  }
  return new AuthStoreError(
    "AUTH_STORE_UNAVAILABLE",
    `SQLite could not work on ${location}, and nothing was changed: ${error instanceof Error ? error.message : String(error)}` +
      (code === FULL ? ". Free space or raise max_page_count, then try again" : ""),
    { cause: error, retryable: code !== undefined && PASSING.includes(code) },
  );
}

/** node:sqlite gives a number (`errcode`), better-sqlite3 the name of an extended code (`SQLITE_IOERR_WRITE`). */
function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("errcode" in error && typeof error.errcode === "number") return error.errcode & 0xff;
  if (!("code" in error) || typeof error.code !== "string") return undefined;
  return RESULT_CODES[error.code.split("_").slice(0, 2).join("_")];
}
