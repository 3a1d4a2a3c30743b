import { type SqliteDatabase, inTransaction } from "@motte/core/sqlite";
import { StoreKitError } from "../errors.ts";

/** `WAST`: marks a database as this package's own. */
const APPLICATION_ID = 0x57415354;

/** How long a statement waits for another connection to finish writing. */
export const BUSY_TIMEOUT_MS = 5000;

// Upgrade n brings `user_version` from n to n + 1. A released one is never edited: append the next.
const UPGRADES: readonly string[] = [
  `
  CREATE TABLE account(
    acct INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    max_age_ms INTEGER NOT NULL DEFAULT 0,
    messages INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0
  );

  CREATE TABLE message(
    pk INTEGER PRIMARY KEY,
    acct INTEGER NOT NULL,
    id TEXT NOT NULL,
    from_me INTEGER NOT NULL,
    chat TEXT NOT NULL,
    chat_alt TEXT,
    sender TEXT NOT NULL DEFAULT '',
    sender_alt TEXT,
    origin INTEGER NOT NULL DEFAULT 0,
    ts INTEGER NOT NULL,
    flags INTEGER NOT NULL DEFAULT 0,
    expires_at INTEGER NOT NULL,
    key_ext TEXT,
    body BLOB,
    edit_ts INTEGER,
    edit_body BLOB
  );
  CREATE UNIQUE INDEX message_key ON message(acct, id, from_me, chat, sender);
  CREATE INDEX message_expiry ON message(acct, expires_at);
  CREATE INDEX message_age ON message(acct, from_me, ts, pk);

  -- What was sent to a deleted chat before this moment may not come back by being delivered again.
  CREATE TABLE erased_chat(
    acct INTEGER NOT NULL,
    chat TEXT NOT NULL,
    before_ms INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY(acct, chat)
  ) WITHOUT ROWID;

  -- The bounds on count and bytes would otherwise cost a scan per write.
  CREATE TRIGGER message_added AFTER INSERT ON message BEGIN
    UPDATE account SET messages = messages + 1,
      bytes = bytes + ifnull(length(new.body), 0) + ifnull(length(new.edit_body), 0)
      WHERE acct = new.acct;
  END;
  CREATE TRIGGER message_removed AFTER DELETE ON message BEGIN
    UPDATE account SET messages = messages - 1,
      bytes = bytes - ifnull(length(old.body), 0) - ifnull(length(old.edit_body), 0)
      WHERE acct = old.acct;
  END;
  CREATE TRIGGER message_resized AFTER UPDATE OF body, edit_body ON message BEGIN
    UPDATE account SET bytes = bytes
      + ifnull(length(new.body), 0) + ifnull(length(new.edit_body), 0)
      - ifnull(length(old.body), 0) - ifnull(length(old.edit_body), 0)
      WHERE acct = new.acct;
  END;
  `,
];

/**
 * Brings a database to the current schema.
 *
 * @throws StoreKitError `STORE_KIT_FOREIGN_DATABASE` or `STORE_KIT_SCHEMA_NEWER`, before anything is changed.
 */
export function prepareSchema(database: SqliteDatabase): void {
  assertOwn(database);
  // Before the first table, or it has no effect.
  database.exec("PRAGMA auto_vacuum = INCREMENTAL");
  database.exec("PRAGMA journal_mode = WAL");
  database.exec("PRAGMA synchronous = NORMAL");
  database.exec("PRAGMA secure_delete = FAST");
  database.exec("PRAGMA temp_store = MEMORY");
  // Checked again inside: another process may have upgraded the file meanwhile.
  inTransaction(database, () => {
    assertOwn(database);
    UPGRADES.slice(pragma(database, "user_version")).forEach((upgrade) => database.exec(upgrade));
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
    database.exec(`PRAGMA user_version = ${UPGRADES.length}`);
  });
}

function assertOwn(database: SqliteDatabase): void {
  const applicationId = pragma(database, "application_id");
  const isEmpty = database.prepare("SELECT 1 FROM sqlite_master LIMIT 1").get() === undefined;
  if (applicationId !== APPLICATION_ID && !(applicationId === 0 && isEmpty))
    throw foreignDatabase();
  const version = pragma(database, "user_version");
  if (version <= UPGRADES.length) return;
  throw new StoreKitError(
    "STORE_KIT_SCHEMA_NEWER",
    `The message store has schema ${version} and this release knows ${UPGRADES.length}: update @motte/store-kit`,
  );
}

export function foreignDatabase(cause?: unknown): StoreKitError {
  return new StoreKitError(
    "STORE_KIT_FOREIGN_DATABASE",
    "This is not a message store: give the message store a file, or a database handle, of its own",
    { cause },
  );
}

function pragma(database: SqliteDatabase, name: string): number {
  const row = database.prepare(`PRAGMA ${name}`).get();
  return Number(row?.[name] ?? 0);
}
