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
  ],
};
