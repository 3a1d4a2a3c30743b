import { openSqlite } from "@motte/core/sqlite";
import { type SqliteBackendOptions, sqliteBackend } from "@motte/auth-stores/backends/sqlite";
import type { BreakablePlace } from "@motte/auth-stores/conformance";
import { temporaryFolder } from "./temporary-folder.ts";

/** A database file for one conformance test. */
export async function sqlitePlace(options: SqliteBackendOptions): Promise<BreakablePlace> {
  const folder = await temporaryFolder();
  const file = folder.file("auth.db");
  return {
    open: (clock) => sqliteBackend(file, { ...options, clock }),
    breakMedium: async () => {
      const database = await openSqlite(file);
      for (const table of ["kv", "meta", "creds", "creds_history", "session"]) {
        database.exec(`ALTER TABLE ${table} RENAME TO broken_${table}`);
      }
      database.close();
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}
