import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock } from "@motte/core/manual-clock";
import { type SqliteDatabase, availableSqliteDrivers, openSqlite } from "@motte/core/sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { days } from "@motte/store-kit";
import { all } from "../support/message-places.ts";
import { LID, NOW_MS, message, ownKey } from "../support/messages.ts";
import { openStore } from "../support/open-store.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "motte-long-sweep-"));
});
afterAll(() => rm(folder, { recursive: true }));

const pagesBeforeMove = (database: SqliteDatabase): unknown =>
  database.prepare("PRAGMA wal_autocheckpoint").get()?.["wal_autocheckpoint"];

describe.each(await availableSqliteDrivers())("with %s", (driver) => {
  test("a sweep of many rows has them off the disk when it says that there is no more", async () => {
    const file = join(folder, `${driver.replace(":", "-")}.db`);
    const database = await openSqlite(file, { driver });
    const clock = new ManualClock(NOW_MS);
    await using opened = await openStore({
      database,
      clock,
      keep: all,
      sweepEvery: days(365),
    });
    const past = Array.from({ length: 600 }, (_, n) =>
      message(ownKey(`H${n}`, LID), `secret ${n} ${"x".repeat(2000)}`, NOW_MS - 1000),
    );
    await opened.store.ingestHistory(past);
    const before = pagesBeforeMove(database);
    await clock.advance(days(30));

    const deleted: number[] = [];
    for (let more = true; more;) {
      const report = opened.store.sweep({ maxRows: 250 });
      deleted.push(report.deleted);
      ({ more } = report);
    }

    expect(deleted.reduce((sum, rows) => sum + rows)).toBe(600);
    // Neither giving pages back nor emptying the log is done on top of as many rows as a call may delete.
    expect(deleted.at(-1)).toBe(0);
    expect((await stat(`${file}-wal`)).size).toBe(0);
    expect((await readFile(file)).includes("secret ")).toBe(false);
    expect(database.prepare("PRAGMA freelist_count").get()).toEqual({ freelist_count: 0 });
    expect(pagesBeforeMove(database)).toBe(before);
    expect(opened.store.sweep()).toEqual({ deleted: 0, more: false });
  });
});
