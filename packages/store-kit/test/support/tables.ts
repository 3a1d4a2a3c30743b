import { availableSqliteDrivers } from "@motte/core/sqlite";
import { type Tables, memoryTables, openTables } from "@motte/store-kit";

export interface TablesKind {
  readonly name: string;
  open(account?: string): Promise<Tables>;
}

/** Every place for rows: memory, and SQLite with each driver that loads here. */
export const tablesKinds: readonly TablesKind[] = [
  { name: "memory", open: async () => memoryTables() },
  ...(await availableSqliteDrivers()).map((driver) => ({
    name: driver,
    open: (account = "bot"): Promise<Tables> => openTables({ file: ":memory:", account, driver }),
  })),
];
