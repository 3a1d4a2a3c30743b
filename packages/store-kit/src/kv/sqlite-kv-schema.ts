import type { SchemaPart } from "../sqlite/schema-part.ts";

/** One table for every namespace. With rowids, since values may be large. */
export const kvSchema: SchemaPart = {
  name: "kv",
  upgrades: [
    `
    CREATE TABLE kv(
      pk INTEGER PRIMARY KEY,
      ns TEXT NOT NULL,
      k TEXT NOT NULL,
      v BLOB NOT NULL,
      expires_at INTEGER
    );
    CREATE UNIQUE INDEX kv_key ON kv(ns, k);
    CREATE INDEX kv_expiry ON kv(expires_at) WHERE expires_at IS NOT NULL;
    `,
    // A namespace that is cleared goes on under another name, and what was under the old one is deleted bit by bit.
    `
    CREATE TABLE kv_namespace(
      ns TEXT PRIMARY KEY,
      clears INTEGER NOT NULL,
      stored_as TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE kv_cleared(stored_as TEXT PRIMARY KEY) WITHOUT ROWID;
    `,
  ],
};
