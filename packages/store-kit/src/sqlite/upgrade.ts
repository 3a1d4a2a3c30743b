import type { SqliteDatabase } from "@motte/core/sqlite";
import { inTransaction } from "@motte/core/sqlite";
import { StoreKitError } from "../errors.ts";
import { schemaParts } from "./parts.ts";
import type { SchemaPart } from "./schema-part.ts";

/** `WAST`: marks a database as this package's own. */
const APPLICATION_ID = 0x57415354;

// `user_version` says how versions are recorded. 0: nothing yet. 1: one version for all there was then, accounts
// and messages. 2: the table schema_part has one version per part.
const RECORDED_AS_ONE = 1;
const RECORDED_PER_PART = 2;
const PARTS_OF_THE_ONE = ["account", "message"];

/** How long a statement waits for another connection to finish writing. */
export const BUSY_TIMEOUT_MS = 5000;

/**
 * Brings every part of a database to its current schema.
 *
 * @throws StoreKitError `STORE_KIT_FOREIGN_DATABASE` or `STORE_KIT_SCHEMA_NEWER`, before anything is changed.
 */
export function upgradeSchema(
  database: SqliteDatabase,
  parts: readonly SchemaPart[] = schemaParts,
): void {
  const isCurrent =
    behind(parts, readVersions(database, parts)).length === 0 &&
    pragma(database, "user_version") === RECORDED_PER_PART;
  // The first has no effect after the first table.
  database.exec("PRAGMA auto_vacuum = INCREMENTAL");
  database.exec("PRAGMA journal_mode = WAL");
  database.exec("PRAGMA synchronous = NORMAL");
  database.exec("PRAGMA secure_delete = FAST");
  database.exec("PRAGMA temp_store = MEMORY");
  if (isCurrent) return;
  inTransaction(database, () => {
    // Read again inside: another process may have upgraded the file meanwhile.
    const versions = readVersions(database, parts);
    database.exec(
      "CREATE TABLE IF NOT EXISTS schema_part(name TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID",
    );
    const record = database.prepare(
      `INSERT INTO schema_part(name, version) VALUES (?, ?)
       ON CONFLICT(name) DO UPDATE SET version = excluded.version`,
    );
    for (const { name, upgrades } of behind(parts, versions)) {
      for (const upgrade of upgrades.slice(versions.get(name) ?? 0)) database.exec(upgrade);
    }
    for (const { name, upgrades } of parts) record.run(name, upgrades.length);
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
    database.exec(`PRAGMA user_version = ${RECORDED_PER_PART}`);
  });
}

/** A database of another program. */
export function foreignDatabase(cause?: unknown): StoreKitError {
  return new StoreKitError(
    "STORE_KIT_FOREIGN_DATABASE",
    "This database belongs to another program: give @motte/store-kit a file, or a handle, of its own",
    { cause },
  );
}

function behind(
  parts: readonly SchemaPart[],
  versions: ReadonlyMap<string, number>,
): readonly SchemaPart[] {
  return parts.filter(({ name, upgrades }) => versions.get(name) !== upgrades.length);
}

function readVersions(
  database: SqliteDatabase,
  parts: readonly SchemaPart[],
): ReadonlyMap<string, number> {
  const applicationId = pragma(database, "application_id");
  const isEmpty = database.prepare("SELECT 1 FROM sqlite_master LIMIT 1").get() === undefined;
  if (applicationId !== APPLICATION_ID && !(applicationId === 0 && isEmpty)) {
    throw foreignDatabase();
  }
  const recorded = pragma(database, "user_version");
  if (recorded > RECORDED_PER_PART) throw newer();
  if (recorded === RECORDED_AS_ONE) return new Map(PARTS_OF_THE_ONE.map((name) => [name, 1]));
  if (recorded !== RECORDED_PER_PART) return new Map();

  const versions = new Map(
    database
      .prepare("SELECT name, version FROM schema_part")
      .all()
      .map((row) => [String(row["name"]), Number(row["version"])]),
  );
  const known = new Map(parts.map(({ name, upgrades }) => [name, upgrades.length]));
  for (const [name, version] of versions) {
    // A part that is not known here holds people's data too, which this release could not erase.
    if (version > (known.get(name) ?? 0)) throw newer();
  }
  return versions;
}

function newer(): StoreKitError {
  return new StoreKitError(
    "STORE_KIT_SCHEMA_NEWER",
    "A newer release wrote this database: update @motte/store-kit. Nothing was changed in it",
  );
}

function pragma(database: SqliteDatabase, name: string): number {
  const row = database.prepare(`PRAGMA ${name}`).get();
  return Number(row?.[name] ?? 0);
}
