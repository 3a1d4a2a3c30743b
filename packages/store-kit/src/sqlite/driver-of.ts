import {
  type SqliteDatabase,
  type SqliteDriver,
  availableSqliteDrivers,
  openSqlite,
} from "@motte/core/sqlite";

let drivers: Promise<ReadonlyMap<unknown, SqliteDriver>> | undefined;

/**
 * The driver that made a handle. The thread must load the same: two copies of SQLite in one process undo each other's
 * locks (sqlite.org/howtocorrupt.html, 2.2.1).
 */
export async function driverOf(database: SqliteDatabase): Promise<SqliteDriver | undefined> {
  drivers ??= constructors();
  return (await drivers).get(database.constructor);
}

async function constructors(): Promise<ReadonlyMap<unknown, SqliteDriver>> {
  const found = new Map<unknown, SqliteDriver>();
  for (const driver of await availableSqliteDrivers()) {
    const database = await openSqlite(":memory:", { driver });
    found.set(database.constructor, driver);
    database.close();
  }
  return found;
}
