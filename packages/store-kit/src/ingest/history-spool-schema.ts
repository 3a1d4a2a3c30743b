import type { SchemaPart } from "../sqlite/schema-part.ts";

/** History that waits to be stored. Only ever appended to and deleted from, so it has no other index. */
export const historySpoolSchema: SchemaPart = {
  name: "history_spool",
  upgrades: [
    `
    CREATE TABLE history_spool(
      acct INTEGER NOT NULL,
      seq INTEGER NOT NULL,
      kind INTEGER NOT NULL,
      elements INTEGER NOT NULL,
      chat TEXT NOT NULL,
      newest INTEGER NOT NULL,
      bytes INTEGER NOT NULL,
      data BLOB NOT NULL,
      PRIMARY KEY(acct, seq)
    ) WITHOUT ROWID;
    `,
  ],
};
