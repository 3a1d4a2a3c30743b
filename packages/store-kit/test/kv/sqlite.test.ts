import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock } from "@motte/core/manual-clock";
import { availableSqliteDrivers, openSqlite } from "@motte/core/sqlite";
import { proto } from "@whiskeysockets/baileys";
import { expect, test } from "vitest";
import {
  type TieredCache,
  baileysCaches,
  jsonCodec,
  lru,
  minutes,
  openMessageStore,
  openSqliteKV,
  seconds,
  sqliteChanges,
  tiered,
} from "@motte/store-kit";
import { lastSaidBeforeSigkill } from "../support/killed-writer.ts";

test.each(await availableSqliteDrivers())(
  "what the caches were given survives SIGKILL, with %s",
  async (driver) => {
    const folder = await mkdtemp(join(tmpdir(), "motte-kv-killed-"));
    const file = join(folder, "caches.db");
    const program = new URL("../support/count-and-say.ts", import.meta.url);
    const last = await lastSaidBeforeSigkill(program, [file, driver], 200);

    const l2 = await openSqliteKV({ file, driver });
    const { msgRetryCounterCache, userDevicesCache } = baileysCaches({ account: "bot", l2 });
    // One more may have been written than was said.
    expect([last, last + 1]).toContain(await msgRetryCounterCache.get("ID:undefined"));
    const users = Array.from({ length: last + 1 }, (_, user) => `${user}`);
    expect(Object.keys(await userDevicesCache.mget(users))).toHaveLength(users.length);
    await l2.close();
    await rm(folder, { recursive: true });
  },
);

test("expired entries are deleted from the disk now and then, and nothing runs on after closing", async () => {
  const clock = new ManualClock(1_000_000);
  const database = await openSqlite(":memory:");
  const kv = await openSqliteKV({ database, clock, sweepEvery: seconds(60) });
  const rows = (): unknown => database.prepare("SELECT count(*) AS rows FROM kv").get()?.["rows"];
  const value = Buffer.from("1");
  await kv.write(
    Array.from({ length: 3000 }, (_, index) => ({
      key: `${index}`,
      value,
      expiresAtMs: clock.now() + 30_000,
    })),
  );
  await kv.write([{ key: "live", value }]);

  await clock.advance(59_999);
  expect(rows()).toBe(3001);
  await clock.advance(100);
  expect(rows()).toBe(1);

  await kv.close();
  expect(clock.pendingTimers).toBe(0);
  expect(rows()).toBe(1);
  database.close();
});

test("a write that fails half-way leaves nothing of itself", async () => {
  const database = await openSqlite(":memory:");
  const kv = await openSqliteKV({ database });
  database.exec(
    "CREATE TRIGGER poison BEFORE INSERT ON kv WHEN new.k = 'poison' BEGIN SELECT RAISE(ABORT, 'poison'); END",
  );
  const value = Buffer.from("1");

  await expect(
    kv.write([
      { key: "a", value },
      { key: "poison", value },
    ]),
  ).rejects.toMatchObject({ code: "STORE_KIT_UNAVAILABLE" });

  expect((await kv.getMany(["a"])).size).toBe(0);
  await kv.close();
  database.close();
});

test("a sweep that fails is heard of and tried again", async () => {
  const clock = new ManualClock(1_000_000);
  const errors: unknown[] = [];
  const database = await openSqlite(":memory:");
  const kv = await openSqliteKV({ database, clock, onError: (error) => errors.push(error) });
  database.exec("ALTER TABLE kv RENAME TO gone");

  await clock.advance(120_000);

  expect(errors).toMatchObject([
    { code: "STORE_KIT_UNAVAILABLE" },
    { code: "STORE_KIT_UNAVAILABLE" },
  ]);
  await kv.close();
  database.close();
});

test("what another process wrote to the file is seen within a second, and what was written here is not looked at again", async () => {
  const folder = await mkdtemp(join(tmpdir(), "motte-kv-changes-"));
  const file = join(folder, "kv.db");
  const clock = new ManualClock(1_000_000);
  const [here, there] = [await openSqlite(file), await openSqlite(file)];
  const level = async (database: typeof here): Promise<TieredCache<string>> =>
    tiered<string>({
      l1: lru({ clock }),
      l2: await openSqliteKV({ database, clock }),
      codec: jsonCodec(),
      ttl: minutes(5),
      bus: sqliteChanges(database, { clock }),
      clock,
    });
  const [one, other] = [await level(here), await level(there)];
  // Opening the second wrote to the file, which the first has yet to notice.
  await clock.advance(1000);
  await one.set("k", "first");
  await clock.advance(1000);
  expect(one.peek("k")).toBe("first");

  await other.set("k", "second");
  expect(await one.get("k")).toBe("first");
  await clock.advance(1000);
  expect(await one.get("k")).toBe("second");
  expect(other.peek("k")).toBe("second");

  const timers = clock.pendingTimers;
  one[Symbol.dispose]();
  other[Symbol.dispose]();
  expect(clock.pendingTimers).toBe(timers - 2);
  here.close();
  there.close();
  await rm(folder, { recursive: true });
});

test("a database that cannot be looked at makes nothing believed, and is told of", async () => {
  const clock = new ManualClock();
  const errors: unknown[] = [];
  const heard: unknown[] = [];
  const database = await openSqlite(":memory:");
  const bus = sqliteChanges(database, { clock, onError: (error) => errors.push(error) });
  const subscription = bus.subscribe((keys) => heard.push(keys));
  database.close();

  await clock.advance(2000);
  subscription[Symbol.dispose]();

  expect(clock.pendingTimers).toBe(0);
  expect(heard).toEqual([undefined, undefined]);
  expect(errors).toMatchObject([
    { code: "STORE_KIT_UNAVAILABLE" },
    { code: "STORE_KIT_UNAVAILABLE" },
  ]);
});

test("a listener that leaves when it hears, or throws, ends the looking for nobody else and leaves nothing running", async () => {
  const clock = new ManualClock();
  const errors: unknown[] = [];
  const heard: string[] = [];
  const database = await openSqlite(":memory:");
  const bus = sqliteChanges(database, { clock, onError: (error) => errors.push(error) });
  const failing = bus.subscribe(() => {
    throw new Error("listener");
  });
  const lasting = bus.subscribe(() => heard.push("lasting"));
  const leaving = bus.subscribe(() => {
    heard.push("leaving");
    leaving[Symbol.dispose]();
  });
  database.close();

  await clock.advance(2000);
  expect(heard).toEqual(["lasting", "leaving", "lasting"]);
  expect(errors).toContainEqual(new Error("listener"));
  failing[Symbol.dispose]();
  lasting[Symbol.dispose]();
  expect(clock.pendingTimers).toBe(0);
});

test("the last listener may leave when it hears", async () => {
  const clock = new ManualClock();
  const database = await openSqlite(":memory:");
  const bus = sqliteChanges(database, { clock, onError: () => {} });
  const only = bus.subscribe(() => only[Symbol.dispose]());
  database.close();

  await clock.advance(5000);
  expect(clock.pendingTimers).toBe(0);
});

test("a KV that is closed while a sweep tells of its failure sweeps no more", async () => {
  const clock = new ManualClock(1_000_000);
  const database = await openSqlite(":memory:");
  let failures = 0;
  const kv = await openSqliteKV({
    database,
    clock,
    sweepEvery: seconds(60),
    onError: () => {
      failures += 1;
      void kv.close();
    },
  });
  database.close();

  await clock.advance(600_000);
  expect(failures).toBe(1);
  expect(clock.pendingTimers).toBe(0);
});

test("it shares its file with the message store", async () => {
  const database = await openSqlite(":memory:");
  const kv = await openSqliteKV({ database });
  const store = await openMessageStore({ database, account: "bot", baileys: { proto } });
  const key = { remoteJid: "5511999@s.whatsapp.net", fromMe: true, id: "ID" };

  store.recordSent({ key, message: { conversation: "hello" } });
  await kv.write([{ key: "k", value: Buffer.from("v") }]);

  expect((await store.getMessage(key))?.conversation).toBe("hello");
  expect((await kv.getMany(["k"])).size).toBe(1);
  await store.close();
  await kv.close();
  database.close();
});
