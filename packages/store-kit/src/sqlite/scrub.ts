import { setImmediate } from "node:timers/promises";
import type { SqliteDatabase } from "@motte/core/sqlite";
import { checkpointsOf } from "./checkpoints.ts";
import { guarded } from "./guarded.ts";
import { BUSY_TIMEOUT_MS } from "./upgrade.ts";

const PAGES_PER_STEP = 64;

/**
 * Takes what was deleted off the disk: every free page, in steps, and the write-ahead log, in which it would live on.
 * Says whether it is: another connection may be reading what was there before.
 *
 * @throws StoreKitError `STORE_KIT_UNAVAILABLE`.
 */
export async function scrubbed(database: SqliteDatabase): Promise<boolean> {
  let free = freePages(database);
  while (free > 0) {
    guarded(() => database.exec(`PRAGMA incremental_vacuum(${PAGES_PER_STEP})`));
    const left = freePages(database);
    // A file that was made without it cannot shrink.
    if (left >= free) break;
    free = left;
    checkpointsOf(database)?.committed();
    await setImmediate();
  }
  const isEmptied = (await checkpointsOf(database)?.empty()) ?? emptyLog(database);
  return isEmptied && free === 0;
}

/** Moves the log into the file and empties it, if nobody reads from it; never waits for that. */
export function emptyLog(database: SqliteDatabase): boolean {
  return guarded(() => {
    database.exec("PRAGMA busy_timeout = 0");
    try {
      return Number(database.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get()?.["busy"]) === 0;
    } finally {
      database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    }
  });
}

function freePages(database: SqliteDatabase): number {
  const found = guarded(() => database.prepare("PRAGMA freelist_count").get());
  return Number(found?.["freelist_count"]);
}
