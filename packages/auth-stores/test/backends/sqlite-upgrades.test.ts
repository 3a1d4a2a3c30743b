import { type SqliteDatabase, openSqlite } from "@motte/core/sqlite";
import { sqliteBackend } from "@motte/auth-stores/backends/sqlite";
import { expect, test } from "vitest";
import { prepareSchema } from "../../src/backends/sqlite/schema.ts";
import { openSession, putOp } from "../support/backend-calls.ts";

const FIRST = "SELECT no_such_thing FROM never_run_again";

async function storedDatabase(): Promise<SqliteDatabase> {
  const database = await openSqlite(":memory:");
  const session = await openSession(await sqliteBackend(database));
  await session.commit({ batchId: "1", ops: [putOp("t", "1", "x")] });
  return database;
}

test("a database of an earlier schema takes the steps it lacks, once, and keeps its records", async () => {
  const database = await storedDatabase();
  const upgrades = [FIRST, "CREATE TABLE added(n)", "INSERT INTO added VALUES (3)"];
  prepareSchema(database, "here", upgrades);
  prepareSchema(database, "here", upgrades);

  expect(database.prepare("PRAGMA user_version").get()).toEqual({ user_version: 3 });
  expect(database.prepare("SELECT n FROM added").all()).toEqual([{ n: 3 }]);
  expect(database.prepare("SELECT count(*) AS n FROM kv").get()).toEqual({ n: 1 });
  database.close();
});

test("an upgrade that fails half-way leaves the database as it was", async () => {
  const database = await storedDatabase();
  const upgrades = [FIRST, "CREATE TABLE added(n)", "DROP TABLE kv; SELECT nonsense"];
  expect(() => prepareSchema(database, "here", upgrades)).toThrow("nonsense");

  expect(database.prepare("PRAGMA user_version").get()).toEqual({ user_version: 1 });
  expect(database.prepare("SELECT count(*) AS n FROM kv").get()).toEqual({ n: 1 });
  expect(() => database.prepare("SELECT n FROM added").all()).toThrow("added");
  database.close();
});
