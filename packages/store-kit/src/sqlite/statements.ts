import type { SqliteDatabase, SqliteStatement } from "@motte/core/sqlite";

/** Answers the prepared statement of an SQL text, which it prepares once: preparing costs as much as reading. */
export type Statements = (sql: string) => SqliteStatement;

export function prepared(database: SqliteDatabase): Statements {
  const known = new Map<string, SqliteStatement>();
  return (sql) => {
    const found = known.get(sql);
    if (found !== undefined) return found;
    const statement = database.prepare(sql);
    known.set(sql, statement);
    return statement;
  };
}
