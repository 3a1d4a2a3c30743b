import type { SqliteDatabase } from "@motte/core/sqlite";
import { UsageError } from "@motte/core/errors";
import type { SchemaPart } from "./schema-part.ts";

/** The accounts that share the database. Every other table has the number of one in its key. */
export const accountSchema: SchemaPart = {
  name: "account",
  upgrades: [
    `
    CREATE TABLE account(
      acct INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      max_age_ms INTEGER NOT NULL DEFAULT 0,
      messages INTEGER NOT NULL DEFAULT 0,
      bytes INTEGER NOT NULL DEFAULT 0
    );
    `,
  ],
};

/**
 * The number of an account, which separates its rows from all others'. A new name gets a new number.
 *
 * @throws UsageError when the name is empty or no text.
 */
export function openAccount(database: SqliteDatabase, name: string): number {
  assertAccount(name);
  const find = database.prepare("SELECT acct FROM account WHERE name = ?");
  const known = find.get(name);
  if (known !== undefined) return Number(known["acct"]);
  database.prepare("INSERT INTO account(name) VALUES (?) ON CONFLICT DO NOTHING").run(name);
  return Number(find.get(name)?.["acct"]);
}

/** @throws UsageError when the name of an account is empty or no text. */
export function assertAccount(name: unknown): asserts name is string {
  if (typeof name === "string" && name !== "") return;
  throw new UsageError("USAGE_INVALID_OPTION", "account must name whose data this is");
}
