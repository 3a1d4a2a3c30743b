import { availableSqliteDrivers, openSqlite } from "@motte/core/sqlite";

/** What a bot would run on here. */
export interface MachineFacts {
  readonly node: string;
  readonly platform: string;
  /** The driver that is taken, and the SQLite inside it; absent when there is none. */
  readonly sqlite: { readonly driver: string; readonly version: string } | undefined;
}

export async function machineFacts(): Promise<MachineFacts> {
  const [driver] = await availableSqliteDrivers();
  return {
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    sqlite: driver && { driver, version: await sqliteVersion() },
  };
}

async function sqliteVersion(): Promise<string> {
  const database = await openSqlite(":memory:");
  try {
    return String(database.prepare("SELECT sqlite_version() AS version").get()?.["version"]);
  } finally {
    database.close();
  }
}
