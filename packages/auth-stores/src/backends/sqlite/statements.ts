import type { SqliteDatabase, SqliteStatement } from "@motte/core/sqlite";

const STATEMENTS = {
  begin: "BEGIN IMMEDIATE",
  commit: "COMMIT",
  rollback: "ROLLBACK",
  savepoint: "SAVEPOINT batch",
  keep: "RELEASE batch",
  undo: "ROLLBACK TO batch",

  findSession: "SELECT sid, epoch, owner, lease_until FROM session WHERE name = ?",
  createSession: "INSERT INTO session(name, created_at, updated_at) VALUES(?, ?, ?)",
  acquire: "UPDATE session SET epoch = epoch + 1, owner = ?, lease_until = ? WHERE sid = ?",
  listSessions:
    "SELECT sid, name, owner, created_at, updated_at FROM session WHERE sid > ? ORDER BY sid LIMIT 100",
  deleteSession: "DELETE FROM session WHERE sid = ?",

  checkOwner: "SELECT last_batch FROM session WHERE sid = ? AND epoch = ? AND owner = ?",
  renew: "UPDATE session SET lease_until = ? WHERE sid = ? AND epoch = ? AND owner = ?",
  release:
    "UPDATE session SET owner = NULL, lease_until = 0 WHERE sid = ? AND epoch = ? AND owner = ?",
  markCommitted: "UPDATE session SET last_batch = ?, rev = rev + 1, updated_at = ? WHERE sid = ?",

  readCreds: "SELECT v FROM creds WHERE sid = ?",
  readCredsHistory: "SELECT rev, at, v FROM creds_history WHERE sid = ? ORDER BY rev DESC",
  putCreds:
    "INSERT INTO creds(sid, rev, v) VALUES(?, 1, ?) ON CONFLICT(sid) DO UPDATE SET v = excluded.v, rev = rev + 1",
  keepCreds:
    "INSERT INTO creds_history(sid, rev, at, v) SELECT sid, rev, ?, v FROM creds WHERE sid = ?",
  pruneCreds:
    "DELETE FROM creds_history WHERE sid = ? AND rev <= (SELECT max(rev) FROM creds_history WHERE sid = ?) - ?",

  readMeta: "SELECT name, v FROM meta WHERE sid = ?",
  putMeta:
    "INSERT INTO meta(sid, name, v) VALUES(?, ?, ?) ON CONFLICT(sid, name) DO UPDATE SET v = excluded.v",
  delMeta: "DELETE FROM meta WHERE sid = ? AND name = ?",

  readOne: "SELECT v FROM kv WHERE sid = ? AND type = ? AND id = ?",
  readMany:
    "SELECT id, v FROM kv WHERE sid = ? AND type = ? AND id IN (SELECT value FROM json_each(?))",
  put: "INSERT INTO kv(sid, type, id, v) VALUES(?, ?, ?, ?) ON CONFLICT(sid, type, id) DO UPDATE SET v = excluded.v",
  del: "DELETE FROM kv WHERE sid = ? AND type = ? AND id = ?",
  clear: "DELETE FROM kv WHERE sid = ?",
  copyToQuarantine:
    "INSERT INTO quarantine(at, sid, type, id, reason, v) SELECT ?, sid, type, id, ?, v FROM kv WHERE sid = ? AND type = ? AND id = ? AND v = ?",

  types: "SELECT DISTINCT type FROM kv WHERE sid = ? ORDER BY type",
  idsFrom: "SELECT id FROM kv WHERE sid = ? AND type = ? AND id >= ? ORDER BY id LIMIT ?",
  recordsFrom: "SELECT id, v FROM kv WHERE sid = ? AND type = ? AND id >= ? ORDER BY id LIMIT ?",
} as const;

/** Gives the statement of this name, prepared at its first use. */
export type SqliteStatements = (name: keyof typeof STATEMENTS) => SqliteStatement;

export function sqliteStatements(database: SqliteDatabase): SqliteStatements {
  const prepared = new Map<string, SqliteStatement>();
  return (name) => {
    const known = prepared.get(name);
    if (known !== undefined) return known;
    const statement = database.prepare(STATEMENTS[name]);
    prepared.set(name, statement);
    return statement;
  };
}

/** Runs `work` in one transaction, as core's `inTransaction` does, without parsing its three statements every time. */
export function inTransaction<T>(statements: SqliteStatements, work: () => T): T {
  statements("begin").run();
  try {
    const result = work();
    statements("commit").run();
    return result;
  } catch (error) {
    rollBack(statements);
    throw error;
  }
}

function rollBack(statements: SqliteStatements): void {
  try {
    statements("rollback").run();
  } catch {
    // SQLite has already rolled back on its own (disk full, I/O error); the first error is the one to report.
  }
}
