import { assertKnownOptions } from "@motte/core/options";
import type { SqliteDatabase } from "@motte/core/sqlite";
import {
  AUTH_STATE_OPTIONS,
  type AuthStateOptions,
  checkAuthStateOptions,
} from "./auth-state-options.ts";
import { type AuthStateHandle, openAuthState } from "./auth-state.ts";
import {
  SQLITE_BACKEND_OPTIONS,
  type SqliteBackendOptions,
  sqliteBackend,
} from "./backends/sqlite/backend.ts";
import { withBackend } from "./with-backend.ts";

export interface SqliteAuthStateOptions extends AuthStateOptions, SqliteBackendOptions {
  /** Which of the database's sessions. @defaultValue `"default"` */
  readonly sessionId?: string;
}

/**
 * Auth state in a SQLite database, with the shape of Baileys' `useMultiFileAuthState` plus `close`.
 *
 * `source` is a file name (created if missing, its folder is not) or an open handle of better-sqlite3 or node:sqlite.
 * A missing session is created unless `create` is `"never"`. Closing the state closes the database it opened.
 */
export async function useSqliteAuthState(
  source: string | SqliteDatabase,
  options: SqliteAuthStateOptions = {},
): Promise<AuthStateHandle> {
  const { sessionId = "default", driver, durability, threaded, ...rest } = options;
  assertKnownOptions("useSqliteAuthState", options, [
    "sessionId",
    ...SQLITE_BACKEND_OPTIONS,
    ...AUTH_STATE_OPTIONS,
  ]);
  checkAuthStateOptions(sessionId, rest);
  const backend = await sqliteBackend(source, {
    ...(driver !== undefined && { driver }),
    ...(durability !== undefined && { durability }),
    ...(threaded !== undefined && { threaded }),
    ...(rest.clock !== undefined && { clock: rest.clock }),
    ...(rest.logger !== undefined && { logger: rest.logger }),
  });
  return withBackend(backend, () =>
    openAuthState({ ...rest, create: rest.create ?? "if-missing", backend, sessionId }),
  );
}
