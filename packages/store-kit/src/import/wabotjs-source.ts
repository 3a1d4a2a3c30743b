import { access } from "node:fs/promises";
import { type SqliteDatabase, type SqliteRow, openSqlite } from "@motte/core/sqlite";
import { StoreKitError } from "../errors.ts";

/** A file of WABotJS, or an open handle of one, which the caller closes. Nothing is written to it. */
export type WabotjsSource = string | SqliteDatabase;

/** One entry of a WABotJS store. */
export interface WabotjsEntry {
  readonly key: string;
  /** Its JSON, read; `undefined` for what is no JSON. */
  readonly value: unknown;
  /** Milliseconds since the epoch; the stores without a lifetime have none. */
  readonly expiresAtMs: number | undefined;
}

const ROWS_AT_ONCE = 500;

/**
 * Reads the table `values` that every SQLite store of WABotJS has, some hundred entries at a time.
 *
 * @throws StoreKitError `STORE_KIT_IMPORT_UNREADABLE` for anything else.
 */
export async function* wabotjsEntries(
  source: WabotjsSource,
): AsyncGenerator<readonly WabotjsEntry[]> {
  const opened = await openSource(source);
  try {
    for (let after = ""; ;) {
      const rows = readRows(opened.database, after);
      if (rows.length > 0) yield rows.map(entryOf);
      if (rows.length < ROWS_AT_ONCE) return;
      after = String(rows.at(-1)?.["key"]);
    }
  } finally {
    opened.close();
  }
}

async function openSource(
  source: WabotjsSource,
): Promise<{ readonly database: SqliteDatabase; close(): void }> {
  if (typeof source !== "string") return { database: source, close: () => {} };
  try {
    // SQLite would create a missing file.
    await access(source);
  } catch (error) {
    throw unreadable(error);
  }
  const database = await openSqlite(source);
  try {
    database.exec("PRAGMA query_only = 1");
  } catch (error) {
    database.close();
    throw unreadable(error);
  }
  return { database, close: () => database.close() };
}

function readRows(database: SqliteDatabase, after: string): readonly SqliteRow[] {
  try {
    const select = `SELECT * FROM "values" WHERE key > ? ORDER BY key LIMIT ${ROWS_AT_ONCE}`;
    return database.prepare(select).all(after);
  } catch (error) {
    throw unreadable(error);
  }
}

function entryOf(row: SqliteRow): WabotjsEntry {
  const expire = row["expire"];
  return {
    key: String(row["key"]),
    value: parse(textOf(row["value"])),
    expiresAtMs: typeof expire === "number" ? expire : undefined,
  };
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json, (_key, value: unknown) => bytesOf(value) ?? value);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

// WABotJS tags both kinds of bytes; Baileys' own BufferJSON writes base64 text in the same place.
function bytesOf(value: unknown): Uint8Array | undefined {
  if (typeof value !== "object" || value === null || !("type" in value) || !("data" in value)) {
    return undefined;
  }
  const { type, data } = value;
  if (type !== "Buffer" && type !== "Uint8Array") return undefined;
  if (typeof data === "string") return Buffer.from(data, "base64");
  return Array.isArray(data) ? Uint8Array.from(data, Number) : undefined;
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return value instanceof Uint8Array ? Buffer.from(value).toString() : "";
}

function unreadable(cause: unknown): StoreKitError {
  return new StoreKitError(
    "STORE_KIT_IMPORT_UNREADABLE",
    "This is no store of WABotJS that can be read: pass its message_store.sqlite or jid_store.sqlite; see the cause",
    { cause },
  );
}
