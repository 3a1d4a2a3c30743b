import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { openSqlite } from "@motte/core/sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Table, type Tables, openTables } from "@motte/store-kit";
import { tablesKinds } from "./support/tables.ts";

interface Row {
  readonly at: number;
  readonly text: string;
}

const MAX = 20;
const open = (tables: Tables): Table<Row> =>
  tables.table<Row>({ name: "chat", max: MAX, rankOf: ({ at }) => at });

const key = fc.constantFrom("a", "b", "ab", "a|1", "a|2", "é", "__proto__", "%", "a_");
const row = fc.record({ at: fc.integer({ min: 0, max: 4 }), text: fc.string({ maxLength: 3 }) });
const step = fc.oneof(
  fc.record({ op: fc.constant("set" as const), key, row }),
  fc.record({ op: fc.constant("delete" as const), key }),
);

describe.each(tablesKinds)("tables in $name", ({ open: openKind, name: place }) => {
  test("are a map that can be read in the order of rank, in pages and by prefix", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 25 }),
        fc.integer({ min: 1, max: 4 }),
        async (steps, limit) => {
          const table = open(await openKind());
          const model = new Map<string, Row>();
          const deletions: [boolean, boolean][] = [];
          for (const one of steps) {
            if (one.op === "set") {
              table.set(one.key, one.row);
              model.set(one.key, one.row);
            } else deletions.push([table.delete(one.key), model.delete(one.key)]);
          }
          expect(deletions.every(([one, other]) => one === other)).toBe(true);
          expect(table.size).toBe(model.size);
          for (const [name, value] of model) expect(table.get(name)).toEqual(value);
          const expected = [...model]
            .map(([name, value]) => ({ key: name, rank: value.at, row: value }))
            .toSorted((a, b) => b.rank - a.rank || (a.key < b.key ? -1 : 1));
          const paged = [];
          let page = table.page({ limit });
          while (page.length > 0 && paged.length < 100) {
            paged.push(...page);
            page = table.page({ limit, after: page.at(-1) });
          }
          expect(paged).toEqual(expected);
          const names = [...model.keys()].filter((name) => name.startsWith("a")).toSorted();
          expect(table.list("a").map((entry) => entry.key)).toEqual(names);
          expect(table.count("a")).toBe(names.length);
        },
      ),
      { numRuns: place === "memory" ? 60 : 10 },
    );
  });

  test("never hold more than they may, and let the lowest ranks go", async () => {
    const table = open(await openKind());
    for (let at = 0; at < 5 * MAX; at++) {
      table.set(`k${at}`, { at, text: "" });
      expect(table.size).toBeLessThanOrEqual(MAX);
    }
    expect(table.get("k0")).toBeUndefined();
    expect(table.get(`k${5 * MAX - 1}`)?.at).toBe(5 * MAX - 1);
    expect(table.page({ limit: 100 })).toHaveLength(table.size);
  });

  test("serve one store of a kind", async () => {
    const tables = await openKind();
    open(tables);
    expect(() => open(tables)).toThrow(expect.objectContaining({ code: "USAGE_INVALID_OPTION" }));
  });
});

describe("tables in SQLite", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "store-kit-tables-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test("keep each account's rows apart, and keep them when reopened", async () => {
    const file = join(folder, "accounts.db");
    {
      using one = await openTables({ file, account: "one" });
      using two = await openTables({ file, account: "two" });
      open(one).set("k", { at: 1, text: "of one" });
      open(two).set("k", { at: 2, text: "of two" });
    }
    using again = await openTables({ file, account: "one" });
    expect(open(again).list()).toEqual([{ key: "k", rank: 1, row: { at: 1, text: "of one" } }]);
  });

  test("undo all of a step that fails, in memory too", async () => {
    using tables = await openTables({ file: ":memory:", account: "bot" });
    const table = open(tables);
    table.set("kept", { at: 1, text: "before" });
    const fail = (): void =>
      tables.atomically(() => {
        table.set("kept", { at: 2, text: "after" });
        tables.atomically(() => table.set("new", { at: 1, text: "" }));
        throw new Error("the step fails");
      });
    expect(fail).toThrow("the step fails");
    expect(table.get("kept")?.text).toBe("before");
    expect(table.get("new")).toBeUndefined();
    expect(table.size).toBe(1);
  });

  test("never hand out a damaged row", async () => {
    const database = await openSqlite(":memory:");
    const tables = await openTables({ database, account: "bot" });
    open(tables).set("k", { at: 1, text: "" });
    database.exec("UPDATE chat SET data = '{'");
    const again = open(await openTables({ database, account: "bot" }));
    expect(() => again.get("k")).toThrow(
      expect.objectContaining({ code: "STORE_KIT_BODY_UNREADABLE" }),
    );
    database.close();
  });
});
