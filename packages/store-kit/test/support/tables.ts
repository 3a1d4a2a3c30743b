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

/** Counts what is written to a table. */
export function counted(tables: Tables): {
  readonly tables: Tables;
  readonly writes: () => number;
} {
  let writes = 0;
  const counting: Tables = {
    atomically: (work) => tables.atomically(work),
    table: (shape) => {
      const table = tables.table(shape);
      return new Proxy(table, {
        get: (target, name) => {
          if (name === "set" || name === "delete") writes += 1;
          const member: unknown = Reflect.get(target, name, target);
          return typeof member === "function" ? member.bind(target) : member;
        },
      });
    },
  };
  return { tables: counting, writes: () => writes };
}
