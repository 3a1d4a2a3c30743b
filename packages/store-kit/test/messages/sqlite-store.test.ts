import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "@motte/core/clock";
import { ManualClock } from "@motte/core/manual-clock";
import { type SqliteDatabase, availableSqliteDrivers, openSqlite } from "@motte/core/sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hours, milliseconds, seconds } from "@motte/store-kit";
import { ME, realEvents } from "../support/baileys-events.ts";
import { all, receive, textsOf } from "../support/message-places.ts";
import {
  GROUP,
  LID,
  NOW_MS,
  PN,
  editOf,
  message,
  ownKey,
  poll,
  revokeOf,
  theirKey,
} from "../support/messages.ts";
import { openStore } from "../support/open-store.ts";

const ANN = "101@lid";
const BOB = "102@lid";
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "motte-sqlite-store-"));
});
afterAll(() => rm(folder, { recursive: true }));

const rowsIn = (database: SqliteDatabase, where = "1"): number =>
  Number(database.prepare(`SELECT count(*) AS n FROM message WHERE ${where}`).get()?.["n"]);

describe.each(await availableSqliteDrivers())("with %s", (driver) => {
  test("the same rows delivered again, live and as history, write nothing to the log", async () => {
    const file = join(folder, `${driver.replace(":", "-")}-again.db`);
    const database = await openSqlite(file, { driver });
    await using opened = await openStore({ database, keep: all, me: ME });
    const log = [
      message(ownKey("A", PN, { remoteJidAlt: LID }), "hi"),
      editOf(ownKey("A"), "edited", ownKey("E")),
      message(theirKey("P", GROUP, ANN), poll(1)),
      message(theirKey("B", GROUP, ANN), "revoked"),
      revokeOf(theirKey("B", GROUP, ANN), theirKey("R", GROUP, ANN)),
      revokeOf(theirKey("P", GROUP, ANN), theirKey("S", GROUP, BOB)),
      revokeOf(theirKey("never came", GROUP, BOB), theirKey("T", GROUP, BOB)),
      editOf(theirKey("never came", GROUP, ANN), "edit", theirKey("U", GROUP, ANN)),
    ];
    const deliver = async (): Promise<void> => {
      await receive(opened.store, ...log);
      await opened.store.ingestHistory(log);
    };
    await deliver();
    database.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get();

    await deliver();

    expect((await stat(`${file}-wal`)).size).toBe(0);
    expect(opened.errors).toEqual([]);
    database.close();
  });

  test("a user's messages are erased from a file of many, a step at a time", async () => {
    const database = await openSqlite(":memory:", { driver });
    await using opened = await openStore({ database, keep: all, sweepEvery: hours(1) });
    const past = Array.from({ length: 4500 }, (_, index) =>
      message(theirKey(`M${index}`, GROUP, index % 9 === 0 ? ANN : BOB), "x", NOW_MS - index),
    );
    await opened.store.ingestHistory(past);

    expect(await opened.store.eraseUser(ANN)).toBe(500);
    expect(rowsIn(database)).toBe(4000);
    expect(rowsIn(database, `sender = '${ANN}'`)).toBe(0);
    database.close();
  });
});

/** A clock on which every look at the time takes a while, as work does. */
function slowClock(msPerLook: number): ManualClock & Clock {
  const clock = new ManualClock(NOW_MS);
  let looks = 0;
  clock.monotonic = () => ++looks * msPerLook;
  return clock;
}

test("a sweep stops before its time is up, goes on by itself, and deletes everything in the end", async () => {
  const database = await openSqlite(":memory:");
  const clock = slowClock(1);
  await using opened = await openStore({
    database,
    clock,
    retention: { maxAge: seconds(5) },
    sweepEvery: seconds(60),
  });
  await opened.store.ingestHistory(
    Array.from({ length: 3000 }, (_, index) => message(ownKey(`M${index}`), "x")),
  );
  expect(rowsIn(database)).toBe(3000);
  await clock.advance(5000);

  const report = opened.store.sweep({ maxMs: milliseconds(5), maxRows: 100_000 });
  expect(report.more).toBe(true);
  expect(report.deleted).toBe(3000 - rowsIn(database));
  expect(report.deleted).toBeLessThan(1000);
  await clock.advance(60_000);
  await clock.advance(100);

  expect(rowsIn(database)).toBe(0);
});

test("an admin's revoke that waited takes the text off the disk by the next sweep", async () => {
  let isAdmin: boolean | undefined;
  const database = await openSqlite(":memory:");
  await using opened = await openStore({ database, keep: all, isGroupAdmin: () => isAdmin });
  await receive(
    opened.store,
    message(theirKey("A", GROUP, ANN), "private"),
    message(theirKey("B", GROUP, ANN), "stays"),
    revokeOf(theirKey("A", GROUP, ANN), theirKey("R", GROUP, BOB)),
  );
  opened.store.sweep();
  expect(rowsIn(database, "id = 'A' AND body IS NOT NULL")).toBe(1);
  isAdmin = true;
  opened.store.sweep();

  expect(rowsIn(database, "id = 'A' AND body IS NOT NULL")).toBe(0);
  expect(rowsIn(database, "id = 'B' AND body IS NOT NULL")).toBe(1);
});

test("what is erased is not even stored when it is delivered again", async () => {
  const database = await openSqlite(":memory:");
  await using opened = await openStore({ database, keep: all });
  const ours = message(ownKey("A"), "to PN", NOW_MS - 1000);
  const hers = message(theirKey("B", GROUP, ANN), "Ann's", NOW_MS - 1000);
  await opened.store.ingestHistory([ours, hers]);
  await opened.store.eraseChat(PN);
  await opened.store.eraseUser(ANN);
  expect(rowsIn(database)).toBe(0);

  await receive(opened.store, ours, hers);
  await opened.store.ingestHistory([ours, hers]);

  expect(rowsIn(database)).toBe(0);
});

test("a part of a flush that cannot be written takes only itself back", async () => {
  const database = await openSqlite(":memory:");
  await using opened = await openStore({ database });
  const { ev } = realEvents();
  opened.store.bind(ev);
  database.exec("ALTER TABLE erased_chat RENAME TO hidden");
  ev.emit("chats.delete", [PN]);
  database.exec("ALTER TABLE hidden RENAME TO erased_chat");
  opened.store.recordSent(message(ownKey("A"), "after"));

  expect(opened.errors).toEqual(["STORE_KIT_UNAVAILABLE"]);
  expect(await textsOf(opened.store, PN)).toEqual(["after"]);
});

test("two accounts on one handle keep apart", async () => {
  const database = await openSqlite(":memory:");
  await using one = await openStore({ database, account: "one" });
  await using two = await openStore({ database, account: "two" });
  one.store.recordSent(message(ownKey("A"), "one"));
  two.store.recordSent(message(ownKey("A"), "two"));

  expect(await textsOf(one.store, PN)).toEqual(["one"]);
  expect(await textsOf(two.store, PN)).toEqual(["two"]);
});

test("a shorter life for one kind shortens what is stored of that kind only", async () => {
  const database = await openSqlite(":memory:");
  {
    await using opened = await openStore({ database });
    opened.store.recordSent(message(ownKey("POLL"), poll(1), NOW_MS - 7200_000));
    opened.store.recordSent(message(ownKey("TEXT"), "text", NOW_MS - 7200_000));
  }
  await using opened = await openStore({
    database,
    retention: { maxAgeOf: { poll: hours(1) } },
  });
  opened.store.sweep();

  expect(rowsIn(database, "id = 'POLL'")).toBe(0);
  expect(rowsIn(database, "id = 'TEXT'")).toBe(1);
});
