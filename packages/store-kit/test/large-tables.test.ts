import { describe, expect, test } from "vitest";
import { seededRandom } from "@motte/core/random";
import {
  type Table,
  type TableEntry,
  memoryTables,
  openRedisTables,
  seconds,
} from "@motte/store-kit";
import { flakyRedis } from "./support/flaky-redis.ts";
import { sharedRedis } from "./support/shared-redis.ts";

interface Row {
  readonly at: number;
}

const redis = sharedRedis();

function open(max: number): Table<Row> {
  return memoryTables().table<Row>({ name: "chat", max, rankOf: ({ at }) => at });
}

describe("a table of thousands of rows", () => {
  test("is read in every order as a sorted list would be, whatever came and went", () => {
    const random = seededRandom("a table of thousands of rows");
    const table = open(100_000);
    const model = new Map<string, Row>();
    let wrong = 0;
    for (let n = 0; n < 6000; n++) {
      const key = `${Math.floor(random.next() * 4000)}@lid`;
      if (random.next() < 0.25) {
        wrong += Number(table.delete(key) !== model.delete(key));
      } else {
        const row = { at: Math.floor(random.next() * 500) };
        table.set(key, row);
        model.set(key, row);
      }
    }
    expect(wrong).toBe(0);
    const entries: TableEntry<Row>[] = Array.from(model, ([key, row]) => ({
      key,
      row,
      rank: row.at,
    })).toSorted((a, b) => (a.key < b.key ? -1 : 1));
    expect(table.list()).toEqual(entries);
    const ofPrefix = entries.filter(({ key }) => key.startsWith("12"));
    expect(table.list("12")).toEqual(ofPrefix);
    expect(table.count("12")).toBe(ofPrefix.length);

    const scanned: TableEntry<Row>[] = [];
    let step = table.scan("", 700);
    while (step.length > 0) {
      scanned.push(...step);
      step = table.scan(step.at(-1)?.key ?? "", 700);
    }
    expect(scanned).toEqual(entries);

    const byRank = entries.toSorted((a, b) => b.rank - a.rank || (a.key < b.key ? -1 : 1));
    for (const limit of [7, 1000, 1001, 10_000]) {
      const first = table.page({ limit });
      expect(first).toEqual(byRank.slice(0, limit));
      const after = first.at(-1);
      if (after === undefined) continue;
      expect(table.page({ limit, after })).toEqual(byRank.slice(limit, 2 * limit));
    }
    expect(table.page({ limit: 0 })).toEqual([]);
    for (const { key } of entries) table.delete(key);
    expect([table.size, table.list(), table.count("")]).toEqual([0, [], 0]);
  });

  test("lets those go that rank lowest when it is full, of equal ones the last by key", () => {
    const table = open(1600);
    for (let n = 0; n < 1600; n++) table.set(`${10_000 + n}`, { at: n < 1550 ? 5 : 4 });
    table.set("z", { at: 5 });
    // A sixteenth goes at once: the fifty of the lower rank, and as many of the others.
    expect(table.size).toBe(1501);
    expect(table.page({ limit: 2000 }).map(({ key }) => key)).toEqual(
      Array.from({ length: 1501 }, (_, n) => String(10_000 + n)),
    );
  });

  test("is encoded while Redis is given it again, not all of it before", async () => {
    let encoded = 0;
    let staged: number | undefined;
    const client = flakyRedis(redis.client, ([command]) => {
      if (command === "HSET") staged ??= encoded;
      return undefined;
    });
    const tables = await openRedisTables({ account: "bot", client, commandTimeout: seconds(30) });
    const table = tables.table<Row>({ name: "chat", max: 10_000, rankOf: () => 0 });
    const rows = 3000;
    for (let n = 0; n < rows; n++) {
      table.set(`${n}@lid`, {
        get at() {
          encoded += 1;
          return n;
        },
      });
    }
    await tables.flush();
    await redis.client.flushAll();
    encoded = 0;
    table.delete("0@lid");
    await tables.flush();
    expect(encoded).toBe(rows - 1);
    expect(staged).toBeLessThan(1000);
    await tables.close();
    await using again = await openRedisTables({
      account: "bot",
      client: redis.client,
      commandTimeout: seconds(30),
    });
    const kept = again.table<Row>({ name: "chat", max: 10_000, rankOf: () => 0 });
    expect([kept.size, kept.get("7@lid")]).toEqual([rows - 1, { at: 7 }]);
  });
});
