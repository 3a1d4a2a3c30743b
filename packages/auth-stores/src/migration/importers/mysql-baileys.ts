import type { ForeignEntry, ForeignSource } from "../foreign-source.ts";
import { recordOfPlainName } from "../../backends/file/names.ts";

/** One row of mysql-baileys' table, as `SELECT id, value FROM auth WHERE session = ?` gives it. */
export interface MysqlBaileysRow {
  /** `creds`, or `type-id`. */
  readonly id: string;
  /** The JSON column: text, or what mysql2 has parsed of it. */
  readonly value: unknown;
}

/**
 * The rows of one session of mysql-baileys.
 *
 * Its LID mappings come back as numbers. They are digits again where a number is exact, and corrupt from 2^53 on, where
 * it no longer says which digits were meant.
 */
export function mysqlBaileysRows(
  readRows: () => Promise<readonly MysqlBaileysRow[]>,
  location = "a MySQL table",
): ForeignSource {
  return {
    kind: "mysql-baileys",
    location,
    readCreds: async () => {
      const row = (await readRows()).find(({ id }) => id === "creds");
      return row === undefined ? null : jsonOf(row.value);
    },
    async *entries(): AsyncGenerator<ForeignEntry> {
      for (const { id: name, value } of await readRows()) {
        if (name === "creds") continue;
        const record = recordOfPlainName(name, "-");
        if (record === undefined) yield { entry: "unknown", name };
        else yield { entry: "record", ...record, json: jsonOf(value) };
      }
    },
  };
}

// mysql2 hands JSON columns out parsed, other drivers as text. A parsed string looks like text that is no JSON, or
// like the digits of a number; both mean the same record.
function jsonOf(value: unknown): string {
  if (typeof value !== "string") return JSON.stringify(value) ?? "null";
  try {
    JSON.parse(value);
    return value;
  } catch (error) {
    if (error instanceof SyntaxError) return JSON.stringify(value);
    throw error;
  }
}
