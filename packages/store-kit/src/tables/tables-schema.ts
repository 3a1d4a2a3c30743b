import type { SchemaPart } from "../sqlite/schema-part.ts";
import { TABLE_NAMES, type TableName } from "./table.ts";

/** A part per table, so that a new table is a new part and a changed one a numbered upgrade of its own. */
export const tableParts: readonly SchemaPart[] = TABLE_NAMES.map((name) => ({
  name,
  upgrades: [createTable(name)],
}));

function createTable(name: TableName): string {
  return `
    CREATE TABLE ${name}(
      acct INTEGER NOT NULL,
      key TEXT NOT NULL,
      rank INTEGER NOT NULL,
      data TEXT NOT NULL,
      PRIMARY KEY(acct, key)
    ) WITHOUT ROWID;
    CREATE INDEX ${name}_rank ON ${name}(acct, rank);
  `;
}
