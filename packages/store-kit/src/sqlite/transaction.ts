import { type SqliteDatabase, inTransaction } from "@motte/core/sqlite";
import { checkpointsOf } from "./checkpoints.ts";

const depths = new WeakMap<SqliteDatabase, number>();

/**
 * Runs `work` in a transaction, or in a savepoint of the one that is open on this handle.
 *
 * So several stores on one handle can write one flush of events in one transaction, and a store whose part of it
 * fails takes only its own writes back.
 */
export function transaction<T>(database: SqliteDatabase, work: () => T): T {
  const depth = depths.get(database) ?? 0;
  depths.set(database, depth + 1);
  try {
    if (depth > 0) return inSavepoint(database, depth, work);
    const result = inTransaction(database, work);
    checkpointsOf(database)?.committed();
    return result;
  } finally {
    depths.set(database, depth);
  }
}

function inSavepoint<T>(database: SqliteDatabase, depth: number, work: () => T): T {
  const name = `nested_${depth}`;
  database.exec(`SAVEPOINT ${name}`);
  try {
    const result = work();
    database.exec(`RELEASE ${name}`);
    return result;
  } catch (error) {
    database.exec(`ROLLBACK TO ${name}; RELEASE ${name}`);
    throw error;
  }
}
