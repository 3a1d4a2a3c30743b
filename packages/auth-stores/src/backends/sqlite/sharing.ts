import type { Logger } from "@motte/core/logger";
import type { SqliteDatabase } from "@motte/core/sqlite";

// https://www.sqlite.org/wal.html, "The WAL-Reset Bug": two connections that reset the write-ahead log at the same
// time can damage the file.
const FIRST_SAFE = [3, 51, 3];

/** Warns, once, when this SQLite may damage a file that somebody else writes, too. */
export class SharingWatch {
  readonly #database: SqliteDatabase;
  readonly #logger: Logger;
  readonly #own = new Set<string>();
  #done: boolean;

  constructor(database: SqliteDatabase, logger: Logger) {
    this.#database = database;
    this.#logger = logger;
    this.#done = isSafe(versionOf(database));
  }

  /** Call when `owner` has acquired a session through this connection. */
  onAcquired(owner: string, nowMs: number): void {
    if (this.#done) return;
    this.#own.add(owner);
    const live = this.#database
      .prepare("SELECT owner FROM session WHERE owner IS NOT NULL AND lease_until > ?")
      .all(nowMs);
    if (live.every((row) => this.#own.has(String(row["owner"])))) return;
    this.#done = true;
    this.#logger.warn(
      { sqlite: versionOf(this.#database) },
      "several processes share this database, and SQLite before 3.51.3 can damage a shared file: use a newer driver, or one file per process",
    );
  }
}

function versionOf(database: SqliteDatabase): string {
  return String(database.prepare("SELECT sqlite_version() AS version").get()?.["version"]);
}

function isSafe(version: string): boolean {
  const parts = version.split(".").map(Number);
  for (const [index, least] of FIRST_SAFE.entries()) {
    const part = parts[index] ?? 0;
    if (part !== least) return part > least;
  }
  return true;
}
