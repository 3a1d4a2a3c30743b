import { UsageError } from "@motte/core/errors";
import { type SqliteDatabase, inTransaction } from "@motte/core/sqlite";
import { AuthStoreError } from "../../errors.ts";

// "WAAS": WhatsApp auth state. Tells our files from every other SQLite file.
const APPLICATION_ID = 0x57414153;

/** Step n takes a database from `user_version` n to n + 1. Steps are added, never changed. */
const UPGRADES: readonly string[] = [
  `
  -- Every commit writes its session's row, so the row holds nothing large.
  CREATE TABLE session(
    sid INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    epoch INTEGER NOT NULL DEFAULT 0,
    owner TEXT,
    lease_until INTEGER NOT NULL DEFAULT 0,
    last_batch TEXT,
    rev INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
  ) STRICT;

  -- A rowid table on purpose: in a WITHOUT ROWID table values of a kilobyte and more spill out of the index pages,
  -- which halves the write rate.
  CREATE TABLE kv(
    sid INTEGER NOT NULL REFERENCES session(sid) ON DELETE CASCADE,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    v BLOB NOT NULL,
    PRIMARY KEY(sid, type, id)
  ) STRICT;

  CREATE TABLE meta(
    sid INTEGER NOT NULL REFERENCES session(sid) ON DELETE CASCADE,
    name TEXT NOT NULL,
    v BLOB NOT NULL,
    PRIMARY KEY(sid, name)
  ) STRICT;

  CREATE TABLE creds(
    sid INTEGER PRIMARY KEY REFERENCES session(sid) ON DELETE CASCADE,
    rev INTEGER NOT NULL,
    v BLOB NOT NULL
  ) STRICT;

  CREATE TABLE creds_history(
    sid INTEGER NOT NULL REFERENCES session(sid) ON DELETE CASCADE,
    rev INTEGER NOT NULL,
    at INTEGER NOT NULL,
    v BLOB NOT NULL,
    PRIMARY KEY(sid, rev)
  ) STRICT;

  CREATE TABLE quarantine(
    at INTEGER NOT NULL,
    sid INTEGER NOT NULL REFERENCES session(sid) ON DELETE CASCADE,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    reason TEXT NOT NULL,
    v BLOB NOT NULL
  ) STRICT;
  `,
];

/** Brings the database to the newest schema, or refuses one that is not ours or newer than this code. */
export function prepareSchema(
  database: SqliteDatabase,
  location: string,
  upgrades: readonly string[] = UPGRADES,
): void {
  const newest = upgrades.length;
  if (checkedVersion(database, location, newest) === newest) return;
  inTransaction(database, () => {
    // Read again under the write lock: another process may have upgraded meanwhile.
    const from = checkedVersion(database, location, newest);
    for (const upgrade of upgrades.slice(from)) database.exec(upgrade);
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
    database.exec(`PRAGMA user_version = ${newest}`);
  });
}

function checkedVersion(database: SqliteDatabase, location: string, newest: number): number {
  const applicationId = pragmaNumber(database, "application_id");
  const version = pragmaNumber(database, "user_version");
  if (
    applicationId !== APPLICATION_ID &&
    (applicationId !== 0 || version !== 0 || hasTables(database))
  ) {
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      `${location} is a database of something else: give the auth state a database of its own`,
    );
  }
  if (version > newest) {
    throw new AuthStoreError(
      "AUTH_STORE_SCHEMA_NEWER",
      `${location} has schema ${version}, and this version of @motte/auth-stores knows ${newest}: upgrade the package`,
    );
  }
  return version;
}

function pragmaNumber(database: SqliteDatabase, name: "application_id" | "user_version"): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}

function hasTables(database: SqliteDatabase): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() !== undefined;
}
