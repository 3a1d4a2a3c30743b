import { access } from "node:fs/promises";
import { type SqliteDatabase, type SqliteRow, openSqlite } from "@motte/core/sqlite";
import { MigrationError } from "../errors.ts";
import type { ForeignEntry, ForeignSource } from "../foreign-source.ts";
import { recordOfPlainName } from "../../backends/file/names.ts";

/** A file name, or an open handle of better-sqlite3 or node:sqlite, which the caller closes. */
export type SqliteSource = string | SqliteDatabase;

/** The database of Baileys' own `useSqliteAuthState` (its `develop` branch): tables `creds` and `signal_keys`. */
export function baileysSqlite(source: SqliteSource): ForeignSource {
  return {
    kind: "baileys-sqlite",
    location: locationOf(source),
    readCreds: async () => {
      const [row] = await query(source, "SELECT value FROM creds WHERE key = '__creds__'");
      return row === undefined ? null : textOf(row["value"]);
    },
    async *entries(): AsyncGenerator<ForeignEntry> {
      const rows = await query(source, "SELECT type, id, value FROM signal_keys ORDER BY type, id");
      for (const row of rows) {
        const [type, id] = [textOf(row["type"]), textOf(row["id"])];
        yield { entry: "record", type, id, json: textOf(row["value"]) };
      }
    },
  };
}

/** The `auth.db` (or `auth.sqlite`) of WABotJS: a table `values` with keys `creds` and `type:id`. */
export function wabotjsSqlite(source: SqliteSource): ForeignSource {
  return {
    kind: "wabotjs",
    location: locationOf(source),
    readCreds: async () => {
      const [row] = await query(source, `SELECT value FROM "values" WHERE key = 'creds'`);
      return row === undefined ? null : textOf(row["value"]);
    },
    async *entries(): AsyncGenerator<ForeignEntry> {
      const rows = await query(
        source,
        `SELECT key, value FROM "values" WHERE key <> 'creds' ORDER BY key`,
      );
      for (const row of rows) {
        const name = textOf(row["key"]);
        const record = recordOfPlainName(name, ":");
        if (record === undefined) yield { entry: "unknown", name };
        else yield { entry: "record", ...record, json: textOf(row["value"]) };
      }
    },
  };
}

function locationOf(source: SqliteSource): string {
  return typeof source === "string" ? source : "an open SQLite database";
}

async function query(source: SqliteSource, sql: string): Promise<SqliteRow[]> {
  try {
    if (typeof source !== "string") return source.prepare(sql).all();
    // SQLite would create a missing file.
    await access(source);
    const database = await openSqlite(source);
    try {
      database.exec("PRAGMA query_only = 1");
      return database.prepare(sql).all();
    } finally {
      database.close();
    }
  } catch (error) {
    throw new MigrationError(
      "MIGRATION_SOURCE_UNREADABLE",
      "The database cannot be read, or does not have the tables it was said to have; see the cause",
      { cause: error },
    );
  }
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return value instanceof Uint8Array ? Buffer.from(value).toString() : String(value);
}
