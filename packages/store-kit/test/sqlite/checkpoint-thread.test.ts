import { existsSync, statSync } from "node:fs";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { Worker } from "node:worker_threads";
import { systemClock } from "@motte/core/clock";
import { type SqliteDatabase, availableSqliteDrivers, openSqlite } from "@motte/core/sqlite";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openSqliteKV, seconds } from "@motte/store-kit";
import { all } from "../support/message-places.ts";
import { LID, message, ownKey } from "../support/messages.ts";
import { openStore } from "../support/open-store.ts";

const MIB = 1_048_576;
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "motte-checkpoints-"));
});
afterAll(() => rm(folder, { recursive: true }));

let threads: Worker[] = [];
const onThread = (thread: Worker): void => void threads.push(thread);
beforeEach(() => {
  threads = [];
  process.on("worker", onThread);
});
afterEach(() => process.off("worker", onThread));

const logBytes = (file: string): number =>
  statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
const pagesOf = (database: SqliteDatabase): unknown =>
  database.prepare("PRAGMA wal_autocheckpoint").get()?.["wal_autocheckpoint"];

/** Waits for what a thread does; the test's own time limit ends it. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await setImmediate();
}

let written = 0;
const past = (bytes: number, text = "private"): ReturnType<typeof message>[] =>
  Array.from({ length: Math.ceil(bytes / 8000) }, () =>
    message(ownKey(`H${++written}`, LID), text + "x".repeat(8000), systemClock.now()),
  );

describe.each(await availableSqliteDrivers())("with %s", (driver) => {
  const fileFor = (name: string): string => join(folder, `${driver.replace(":", "-")}-${name}.db`);

  test("a log that grows is moved by one thread for all databases, and does not grow on", async () => {
    const [first, second] = [fileFor("one"), fileFor("two")];
    await using a = await openStore({ file: first, driver, keep: all });
    await using b = await openStore({ file: second, driver, keep: all });
    expect(threads).toHaveLength(0);
    await Promise.all([
      a.store.ingestHistory(past(40 * MIB)),
      b.store.ingestHistory(past(40 * MIB)),
    ]);
    expect(threads).toHaveLength(1);
    await until(() => statSync(first).size > 4 * MIB && statSync(second).size > 4 * MIB);
    // More was written than the log may hold: it was emptied on the way, while the history waited.
    expect(Math.max(logBytes(first), logBytes(second))).toBeLessThan(31 * MIB);
    expect([...a.errors, ...b.errors]).toEqual([]);

    const [thread] = threads;
    const ended = new Promise((resolve) => thread?.once("exit", resolve));
    await a.store.close();
    expect(existsSync(`${first}-wal`)).toBe(false);
    await b.store.close();
    await ended;
    expect((await readdir(folder)).filter((name) => /one|two/.test(name)).toSorted()).toEqual(
      [first, second].map((file) => file.slice(folder.length + 1)).toSorted(),
    );
  });

  test("what is erased is off the disk when the promise resolves, also out of a log of many MiB", async () => {
    const file = fileFor("erased");
    await using opened = await openStore({ file, driver, keep: all });
    await opened.store.ingestHistory(past(3 * MIB, "secret "));
    expect(logBytes(file)).toBeGreaterThan(MIB);
    expect(threads).toHaveLength(0);

    await opened.store.eraseChat(LID);

    expect(threads).toHaveLength(1);
    expect(logBytes(file)).toBe(0);
    expect((await readFile(file)).includes("secret ")).toBe(false);
  });

  test("a sweep that never lets go of the event loop comes to its end, and then all is off the disk", async () => {
    const file = fileFor("swept");
    await using opened = await openStore({
      file,
      driver,
      keep: all,
      retention: { maxMessages: 1 },
    });
    await opened.store.ingestHistory(past(3 * MIB, "secret "));
    expect(logBytes(file)).toBeGreaterThan(MIB);

    while (opened.store.sweep().more);

    expect(logBytes(file)).toBe(0);
    expect(opened.errors).toEqual([]);
    // Node tells of a new thread in a later turn.
    await setImmediate();
    expect(threads).toHaveLength(1);
  });

  test("a sweep ends its call when the log begins to be moved, and deletes nothing until it was", async () => {
    const database = await openSqlite(fileFor("rests"), { driver });
    let nowMs = 0;
    const kv = await openSqliteKV({ database, clock: { ...systemClock, now: () => nowMs } });
    const expiresAtMs = 1;
    const entries = Array.from({ length: 2000 }, (_, index) => {
      return { key: `key ${index}`, value: new Uint8Array(1000), expiresAtMs };
    });
    await kv.write(entries);
    nowMs = expiresAtMs;
    const budget = { maxRows: entries.length, maxMs: seconds(60) };

    const first = await kv.sweep?.(budget);
    const second = await kv.sweep?.(budget);
    expect(first?.deleted).toBeGreaterThan(0);
    expect(first?.deleted).toBeLessThan(entries.length);
    expect([first?.more, second]).toEqual([true, { deleted: 0, more: true }]);

    let deleted = first?.deleted ?? 0;
    for (let more: boolean | undefined = true; more === true; await setImmediate()) {
      const report = await kv.sweep?.(budget);
      deleted += report?.deleted ?? 0;
      more = report?.more;
    }
    expect(deleted).toBe(entries.length);
    await kv.close();
    database.close();
  });

  test("a reader that holds the log is said to hold it, and afterwards the log is emptied", async () => {
    const file = fileFor("held");
    await using opened = await openStore({ file, driver, keep: all });
    await opened.store.ingestHistory(past(2 * MIB));
    const reader = await openSqlite(file, { driver });
    reader.exec("BEGIN; SELECT count(*) FROM message");
    reader.prepare("SELECT count(*) AS n FROM message").get();
    for (let round = 0; round < 5; round++) await opened.store.ingestHistory(past(4 * MIB));
    await opened.store.eraseChat(LID);
    expect(logBytes(file)).toBeGreaterThan(0);

    reader.exec("COMMIT");
    reader.close();
    opened.store.recordSent(message(ownKey("last", LID), "hi"));
    while (opened.store.sweep().more);

    expect(logBytes(file)).toBe(0);
    expect(opened.errors).toEqual([]);
  });

  test("when the thread dies it is reported once, and SQLite moves the log in the thread that writes", async () => {
    const database = await openSqlite(fileFor("died"), { driver });
    const usual = pagesOf(database);
    await using opened = await openStore({ database, keep: all });
    expect(pagesOf(database)).not.toBe(usual);
    await opened.store.ingestHistory(past(2 * MIB, "secret "));
    process.once("worker", (thread: Worker) => void thread.terminate());

    await opened.store.eraseChat(LID);

    expect(opened.errors).toEqual(["STORE_KIT_UNAVAILABLE"]);
    expect(pagesOf(database)).toBe(usual);
    expect(logBytes(fileFor("died"))).toBe(0);
    await opened.store.ingestHistory(past(8 * MIB));
    expect(logBytes(fileFor("died"))).toBeLessThan(8 * MIB);
    expect(threads).toHaveLength(1);
    expect(opened.errors).toHaveLength(1);
    await opened.store.close();
    database.close();
  });

  test("several stores on one handle share what is set on it, and the last puts it back", async () => {
    const database = await openSqlite(fileFor("shared"), { driver });
    const usual = pagesOf(database);
    const kv = await openSqliteKV({ database });
    const opened = await openStore({ database });
    const raised = pagesOf(database);
    expect(raised).not.toBe(usual);
    await opened.store.close();
    expect(pagesOf(database)).toBe(raised);
    await kv.close();
    expect(pagesOf(database)).toBe(usual);
    database.close();
  });

  test("there is no thread without checkpointThread, in memory, or where checkpoints are somebody else's", async () => {
    const file = fileFor("none");
    await using without = await openStore({ file, driver, keep: all, checkpointThread: false });
    const left = await openSqlite(fileFor("left"), { driver });
    left.exec("PRAGMA wal_autocheckpoint = 0");
    await using alone = await openStore({ database: left, keep: all });
    await using memory = await openStore({ file: ":memory:", driver, keep: all });
    for (const { store } of [without, alone, memory]) {
      await store.ingestHistory(past(6 * MIB));
      await store.eraseChat(LID);
    }
    expect(threads).toHaveLength(0);
    expect(pagesOf(left)).toBe(0);
    await alone.store.close();
    left.close();
  });
});
