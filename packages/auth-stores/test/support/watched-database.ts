import type { SqliteDatabase } from "@motte/core/sqlite";

/** A real database whose statements without parameters go through `onExec`, which may throw instead. */
export function watchedDatabase(
  inner: SqliteDatabase,
  onExec: (sql: string) => void,
): SqliteDatabase {
  return {
    exec: (sql) => {
      onExec(sql);
      return inner.exec(sql);
    },
    prepare: (sql) => inner.prepare(sql),
    close: () => inner.close(),
  };
}
