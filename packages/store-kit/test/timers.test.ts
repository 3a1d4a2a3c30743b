import { proto } from "@whiskeysockets/baileys";
import { expect, test } from "vitest";
import { openSqlite } from "@motte/core/sqlite";
import {
  days,
  lru,
  memoryKV,
  openMessageStore,
  openSqliteKV,
  sqliteChanges,
  writeBehind,
} from "@motte/store-kit";

test("a time longer than a timer can count overflows none: it would fire every millisecond", async () => {
  const warnings: string[] = [];
  const listen = ({ name }: Error): void => void warnings.push(name);
  process.on("warning", listen);
  const database = await openSqlite(":memory:");
  const month = days(30);

  const cache = lru<number>({ ttl: days(60), ttlResolution: month });
  cache.set("k", 1);
  expect(cache.get("k")).toBe(1);
  const kv = await openSqliteKV({ database, sweepEvery: month });
  const baileys = { proto };
  const store = await openMessageStore({ database, account: "bot", sweepEvery: month, baileys });
  const behind = writeBehind(memoryKV(), { maxDelay: days(60) });
  await behind.write([{ key: "k", value: Buffer.from("v") }]);
  using _ = sqliteChanges(database, { every: month }).subscribe(() => {});

  // Node warns of such a timer in the next turn.
  await new Promise((resolve) => setImmediate(resolve));
  expect(behind.pending().entries).toBe(1);
  await behind.close();
  await store.close();
  await kv.close();
  process.off("warning", listen);
  database.close();
  expect(warnings).not.toContain("TimeoutOverflowWarning");
});
