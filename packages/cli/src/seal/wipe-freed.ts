import { hasCode } from "@motte/core/errors";
import { openSqlite } from "@motte/core/sqlite";

// SQLITE_BUSY, as node:sqlite tells it; better-sqlite3 names it.
const BUSY = 5;

/**
 * Writes a database anew, so that neither pages it has freed nor its log hold what it held before. False when other
 * programs have it open, which leaves it as it is.
 */
export async function wipeFreed(file: string): Promise<boolean> {
  const database = await openSqlite(file);
  try {
    database.exec("PRAGMA busy_timeout = 5000");
    database.exec("VACUUM");
    const [log] = database.prepare("PRAGMA wal_checkpoint(TRUNCATE)").all();
    return log?.["busy"] === 0;
  } catch (error) {
    if (isBusy(error)) return false;
    throw error;
  } finally {
    database.close();
  }
}

function isBusy(error: unknown): boolean {
  if (hasCode(error, "SQLITE_BUSY")) return true;
  return error instanceof Error && "errcode" in error && error.errcode === BUSY;
}
