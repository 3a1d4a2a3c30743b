import type { SqliteDatabase } from "@motte/core/sqlite";

/** A real database that tells of every statement about to run with `exec` or `run`; the listener may throw instead. */
export function watchedDatabase(
  inner: SqliteDatabase,
  onRun: (sql: string) => void,
): SqliteDatabase {
  return {
    exec: (sql) => {
      onRun(sql);
      return inner.exec(sql);
    },
    prepare: (sql) => {
      const statement = inner.prepare(sql);
      return {
        run: (...parameters) => {
          onRun(sql);
          return statement.run(...parameters);
        },
        get: (...parameters) => statement.get(...parameters),
        all: (...parameters) => statement.all(...parameters),
        iterate: (...parameters) => statement.iterate(...parameters),
      };
    },
    close: () => inner.close(),
  };
}
