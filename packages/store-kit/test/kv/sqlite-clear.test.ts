import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { ManualClock } from "@motte/core/manual-clock";
import { type SqliteDatabase, availableSqliteDrivers, openSqlite } from "@motte/core/sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type KV, openSqliteKV, seconds } from "@motte/store-kit";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "motte-kv-clear-"));
});
afterAll(() => rm(folder, { recursive: true }));

const bytes = (text: string): Uint8Array => Buffer.from(text);
const textOf = (value: Uint8Array | undefined): string | undefined =>
  value && Buffer.from(value).toString();
const rowsIn = (database: SqliteDatabase): number =>
  Number(database.prepare("SELECT count(*) AS n FROM kv").get()?.["n"]);
const many = (count: number): { key: string; value: Uint8Array }[] =>
  Array.from({ length: count }, (_, n) => ({ key: `${n}`, value: bytes("v") }));

describe.each(await availableSqliteDrivers())("clearing a namespace with %s", (driver) => {
  test("empties it at once, and takes many entries off the disk in steps", async () => {
    const clock = new ManualClock(1_000_000);
    const database = await openSqlite(":memory:", { driver });
    const kv = await openSqliteKV({ database, clock, sweepEvery: seconds(60) });
    const [full, other] = [kv.namespace("full"), kv.namespace("other")];
    await full.write(many(5000));
    await other.write(many(3));

    await full.clear();
    expect(rowsIn(database)).toBe(4003);
    expect((await full.getMany(["0", "4999"])).size).toBe(0);
    await full.write([{ key: "0", value: bytes("new") }]);
    expect(await kv.sweep?.({ maxRows: 10 })).toEqual({ deleted: 10, more: true });
    await clock.advance(61_000);
    expect(rowsIn(database)).toBe(4);
    const value = (await full.getMany(["0"])).get("0")?.value ?? bytes("");
    expect(Buffer.from(value).toString()).toBe("new");
    expect((await other.getMany(["0", "1", "2"])).size).toBe(3);
    expect(database.prepare("SELECT * FROM kv_cleared").all()).toEqual([]);
    await kv.close();
    database.close();
  });

  test("of a file of the release before loses nothing, and is the same from then on", async () => {
    const database = await openSqlite(":memory:", { driver });
    await (await openSqliteKV({ database })).namespace("a").write(many(3));
    database.exec("DROP TABLE kv_namespace; DROP TABLE kv_cleared");
    database.exec("UPDATE schema_part SET version = 1 WHERE name = 'kv'");

    const kv = (await openSqliteKV({ database })).namespace("a");
    expect((await kv.getMany(["0", "1", "2"])).size).toBe(3);
    await kv.clear();
    expect([rowsIn(database), (await kv.getMany(["0"])).size]).toEqual([0, 0]);
    database.close();
  });
});

const which = { who: fc.nat(1), space: fc.constantFrom("a", 'a"]#1', "b") };
const op = fc.oneof(
  {
    arbitrary: fc.record({
      op: fc.constant("write" as const),
      ...which,
      keys: fc.uniqueArray(fc.constantFrom("x", "y", "z"), { minLength: 1 }),
    }),
    weight: 4,
  },
  fc.record({ op: fc.constant("delete" as const), ...which, key: fc.constantFrom("x", "y") }),
  fc.record({ op: fc.constant("clear" as const), ...which }),
  fc.record({ op: fc.constant("sweep" as const), ...which }),
);

test("two connections that clear, write and sweep one file see one map", async () => {
  let files = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(op, { maxLength: 20 }), async (ops) => {
      const file = join(folder, `${++files}.db`);
      const roots = [await openSqliteKV({ file }), await openSqliteKV({ file })];
      const model = new Map<string, string>();
      const shown: unknown[] = [];
      const expected: unknown[] = [];
      let n = 0;
      for (const one of ops) {
        const root: KV | undefined = roots[one.who];
        const kv = root?.namespace(one.space);
        const nameOf = (key: string): string => JSON.stringify([one.space, key]);
        if (one.op === "write") {
          n += 1;
          await kv?.write(one.keys.map((key) => ({ key, value: bytes(`${n}`) })));
          for (const key of one.keys) model.set(nameOf(key), `${n}`);
        } else if (one.op === "delete") {
          await kv?.write([{ key: one.key, value: undefined }]);
          model.delete(nameOf(one.key));
        } else if (one.op === "clear") {
          await kv?.clear();
          for (const key of ["x", "y", "z"]) model.delete(nameOf(key));
        } else await root?.sweep?.({ maxRows: 1 });
        for (const seen of roots) {
          const found = await seen.namespace(one.space).getMany(["x", "y", "z"]);
          shown.push(["x", "y", "z"].map((key) => textOf(found.get(key)?.value)));
          expected.push(["x", "y", "z"].map((key) => model.get(nameOf(key))));
        }
      }
      for (const root of roots) await root.close();
      expect(shown).toEqual(expected);
    }),
    { numRuns: 25 },
  );
});
