import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { availableSqliteDrivers, inTransaction, openSqlite } from "@motte/core/sqlite";

const drivers = await availableSqliteDrivers();
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "motte-sqlite-"));
});

afterAll(() => rm(folder, { recursive: true }));

test("this Node has the driver it is promised", () => {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const builtIn = major > 22 || (major === 22 && minor >= 13);
  expect(drivers[0]).toBe(builtIn ? "node:sqlite" : "better-sqlite3");
});

describe.each(drivers)("%s", (driver) => {
  test("keeps bytes, text and numbers across a reopen", async () => {
    const file = join(folder, `${driver.replace(":", "-")}.db`);
    const database = await openSqlite(file, { driver });
    database.exec("CREATE TABLE record(bytes BLOB, text TEXT, number INTEGER)");
    database.prepare("INSERT INTO record VALUES(?, ?, ?)").run(Uint8Array.of(0, 255), "é", 7);
    database.close();

    const reopened = await openSqlite(file, { driver });
    const [row] = reopened.prepare("SELECT * FROM record").all();
    reopened.close();

    expect(Buffer.from((row?.["bytes"] ?? "") as Uint8Array)).toEqual(Buffer.of(0, 255));
    expect(row).toMatchObject({ text: "é", number: 7 });
  });

  test("rolls back a transaction that throws and commits one that returns", async () => {
    const database = await openSqlite(":memory:", { driver });
    database.exec("CREATE TABLE record(number INTEGER)");
    const insert = database.prepare("INSERT INTO record VALUES(?)");

    expect(() =>
      inTransaction(database, () => {
        insert.run(1);
        throw new Error("undo");
      }),
    ).toThrow("undo");
    inTransaction(database, () => insert.run(2));

    expect(
      database
        .prepare("SELECT number FROM record")
        .all()
        .map((row) => row["number"]),
    ).toEqual([2]);
    database.close();
  });

  test("a folder that does not exist is reported with what to do", async () => {
    await expect(openSqlite(join(folder, "missing", "a.db"), { driver })).rejects.toMatchObject({
      code: "USAGE_UNREADABLE_PATH",
      message: expect.stringContaining("Check that its folder exists"),
    });
  });
});

test("a driver that this Node cannot load is reported with the way to get one", async () => {
  const absent = (["node:sqlite", "better-sqlite3"] as const).filter(
    (one) => !drivers.includes(one),
  );
  expect.assertions(absent.length);
  for (const driver of absent) {
    await expect(openSqlite(":memory:", { driver })).rejects.toMatchObject({
      code: "USAGE_MISSING_PEER",
      message: expect.stringContaining("install better-sqlite3"),
    });
  }
});
