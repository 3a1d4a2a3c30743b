import { MemoryTable } from "./memory-table.ts";
import { type Table, type TableName, type TableShape, type Tables, inUse } from "./table.ts";

/** Tables that end with the process. A write that fails half-way is not undone. */
export function memoryTables(): Tables {
  const taken = new Set<TableName>();
  return {
    table<Row>(shape: TableShape<Row>): Table<Row> {
      if (taken.has(shape.name)) throw inUse(shape.name);
      taken.add(shape.name);
      return new MemoryTable(shape);
    },
    atomically: (work) => work(),
  };
}
