import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { availableSqliteDrivers, openSqlite } from "@motte/core/sqlite";
import { ManualClock } from "@motte/core/manual-clock";
import { sqliteBackend } from "@motte/auth-stores/backends/sqlite";
import { testBackend } from "@motte/auth-stores/conformance";
import { describe, expect, test } from "vitest";
import { openSession, putOp } from "../support/backend-calls.ts";
import { runner } from "../support/runner.ts";
import { sqlitePlace } from "../support/sqlite-place.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const drivers = await availableSqliteDrivers();

test("at least one SQLite driver loads here", () => {
  expect(drivers.length).toBeGreaterThan(0);
});

describe.each(drivers)("the SQLite backend on %s", (driver) => {
  testBackend(runner, {
    createPlace: () => sqlitePlace({ driver }),
    createBreakablePlace: () => sqlitePlace({ driver }),
  });
});

describe("the SQLite backend that survives only a killed process", () => {
  testBackend(runner, { createPlace: () => sqlitePlace({ durability: "process" }) });
});

test("an injected handle is used and left open", async () => {
  const database = await openSqlite(":memory:");
  const backend = await sqliteBackend(database, { clock: new ManualClock() });
  const session = await openSession(backend);
  await session.commit({ batchId: "1", ops: [putOp("t", "1", "x")] });
  await backend[Symbol.asyncDispose]();

  expect(database.prepare("SELECT count(*) AS n FROM kv").get()).toEqual({ n: 1 });
  database.close();
});

test("a database with a newer schema is refused and left as it is", async () => {
  await using folder = await temporaryFolder();
  const file = folder.file("auth.db");
  await (await sqliteBackend(file))[Symbol.asyncDispose]();
  const database = await openSqlite(file);
  database.exec("PRAGMA user_version = 99");
  database.close();

  await expect(sqliteBackend(file)).rejects.toMatchObject({ code: "AUTH_STORE_SCHEMA_NEWER" });
  const after = await openSqlite(file);
  expect(after.prepare("PRAGMA user_version").get()).toEqual({ user_version: 99 });
  after.close();
});

test("a database of something else is refused and left as it is", async () => {
  await using folder = await temporaryFolder();
  const file = folder.file("bot.db");
  const database = await openSqlite(file);
  database.exec("CREATE TABLE users(name TEXT)");
  database.close();

  await expect(sqliteBackend(file)).rejects.toMatchObject({ code: "USAGE_INVALID_OPTION" });
  const after = await openSqlite(file);
  expect(after.prepare("SELECT name FROM sqlite_schema").all()).toEqual([{ name: "users" }]);
  after.close();
});

test("a file that is no database is refused as corrupt and left as it is", async () => {
  await using folder = await temporaryFolder();
  const file = folder.file("creds.json");
  writeFileSync(file, "{}".repeat(4096));

  await expect(sqliteBackend(file)).rejects.toMatchObject({ code: "AUTH_STORE_CORRUPT" });
  expect(statSync(file).size).toBe(8192);
});

test("a path that cannot be used is refused before anything is created", async () => {
  await using folder = await temporaryFolder();
  mkdirSync(folder.file("folder"));

  for (const path of ["missing/auth.db", "folder"]) {
    await expect(sqliteBackend(folder.file(path))).rejects.toMatchObject({
      code: "USAGE_UNREADABLE_PATH",
    });
  }
  expect(existsSync(folder.file("missing"))).toBe(false);
});

test("a new database and what belongs to it can be read by its owner alone", async () => {
  await using folder = await temporaryFolder();
  const file = folder.file("auth.db");
  await using backend = await sqliteBackend(file);
  await openSession(backend);

  for (const suffix of ["", "-wal", "-shm"]) {
    expect((statSync(`${file}${suffix}`).mode & 0o777).toString(8)).toBe("600");
  }
});

test("a commit that SQLite refuses half-way leaves everything as it was", async () => {
  const database = await openSqlite(":memory:");
  const backend = await sqliteBackend(database, { clock: new ManualClock() });
  const session = await openSession(backend);
  await session.commit({ batchId: "0", ops: [putOp("t", "0", "old")], creds: Buffer.from("old") });
  database.exec(
    `CREATE TRIGGER full BEFORE INSERT ON kv WHEN NEW.id = 'last' BEGIN SELECT RAISE(ABORT, 'disk full'); END`,
  );

  for (let before = 0; before < 4; before++) {
    const ops = Array.from({ length: before }, (_, index) => putOp("t", `${index}`, "new"));
    const batch = { batchId: `${before + 1}`, ops: [...ops, putOp("t", "last", "x")] };
    await expect(session.commit({ ...batch, creds: Buffer.from("new") })).rejects.toMatchObject({
      code: "AUTH_STORE_UNAVAILABLE",
    });

    const values = await session.read("t", ["0", "1", "2", "3", "last"]);
    expect(values.map((value) => value && Buffer.from(value).toString())).toEqual([
      "old",
      null,
      null,
      null,
      null,
    ]);
    expect(Buffer.from((await session.readCreds()) ?? []).toString()).toBe("old");
  }
  database.close();
});

test("quarantined bytes are kept", async () => {
  const database = await openSqlite(":memory:");
  const backend = await sqliteBackend(database, { clock: new ManualClock(42) });
  const session = await openSession(backend);
  const bad = putOp("session", "1.0", "bad");
  await session.commit({ batchId: "1", ops: [bad] });
  await session.commit({ batchId: "2", ops: [{ ...bad, op: "quarantine", reason: "torn" }] });

  const kept = database.prepare(
    "SELECT at, type, id, reason, CAST(v AS TEXT) AS v FROM quarantine",
  );
  expect(kept.all()).toEqual([{ at: 42, type: "session", id: "1.0", reason: "torn", v: "bad" }]);
  database.close();
});
