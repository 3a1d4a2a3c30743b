import { AuthStoreError, useSqliteAuthState } from "@motte/auth-stores";
import { sqliteBackend } from "@motte/auth-stores/backends/sqlite";
import { testBackend } from "@motte/auth-stores/conformance";
import { UsageError } from "@motte/core/errors";
import { ManualClock } from "@motte/core/manual-clock";
import { openSqlite } from "@motte/core/sqlite";
import { describe, expect, test } from "vitest";
import { openSession, putOp } from "../support/backend-calls.ts";
import { Program } from "../support/child.ts";
import { runner } from "../support/runner.ts";
import { sqlitePlace } from "../support/sqlite-place.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const threaded = true;

describe("the SQLite backend in a thread", () => {
  testBackend(runner, {
    createPlace: () => sqlitePlace({ threaded }),
    createBreakablePlace: () => sqlitePlace({ threaded }),
  });
});

test("errors keep their class, code and fields on the way out of the thread", async () => {
  await using folder = await temporaryFolder();
  const file = folder.file("auth.db");
  const clock = new ManualClock(5000);
  await using backend = await sqliteBackend(file, { threaded, clock });
  await openSession(backend);

  const inUse = await openSession(backend).catch((error: unknown) => error);
  expect(inUse).toBeInstanceOf(AuthStoreError);
  expect(inUse).toMatchObject({
    code: "AUTH_STORE_IN_USE",
    sessionId: "a",
    expiresInMs: 60_000,
    owner: expect.any(String),
  });
  const unusable = await sqliteBackend(folder.file("missing/auth.db"), { threaded }).catch(
    (error: unknown) => error,
  );
  expect(unusable).toBeInstanceOf(UsageError);
  expect(unusable).toMatchObject({ code: "USAGE_UNREADABLE_PATH" });
});

test("what SQLite said stays with the error as its cause, and whether to try again", async () => {
  await using folder = await temporaryFolder();
  const file = folder.file("auth.db");
  await using backend = await sqliteBackend(file, { threaded });
  const session = await openSession(backend);
  const other = await openSqlite(file);
  other.exec("BEGIN IMMEDIATE");

  const commit = session.commit({ batchId: "1", ops: [putOp("t", "1", "x")] });
  const busy = await commit.catch((error: unknown) => error);
  other.exec("ROLLBACK");
  other.close();

  expect(busy).toMatchObject({ code: "AUTH_STORE_UNAVAILABLE", retryable: true });
  expect(busy).toHaveProperty("cause.message", "database is locked");
});

test("a thread needs a file of its own to open", async () => {
  const database = await openSqlite(":memory:");
  for (const source of [":memory:", database]) {
    await expect(sqliteBackend(source, { threaded })).rejects.toMatchObject({
      code: "USAGE_INVALID_OPTION",
    });
  }
  database.close();
});

test("a state in a thread is stored, found again without one, and closes its thread", async () => {
  await using folder = await temporaryFolder();
  const file = folder.file("auth.db");
  const handle = await useSqliteAuthState(file, { threaded });
  const ids = Array.from({ length: 1200 }, (_, index) => `${index}`);
  await handle.state.keys.set({ "lid-mapping": Object.fromEntries(ids.map((id) => [id, id])) });
  await handle.close();
  await handle.close();

  await using again = await useSqliteAuthState(file, { create: "never" });
  expect(await again.state.keys.get("lid-mapping", ["0", "1199"])).toEqual({
    0: "0",
    1199: "1199",
  });
});

test("lists longer than a page come over whole, and may be left early", async () => {
  await using folder = await temporaryFolder();
  await using backend = await sqliteBackend(folder.file("auth.db"), { threaded });
  const session = await openSession(backend);
  const ids = Array.from({ length: 1100 }, (_, index) => `${index}`);
  await session.commit({ batchId: "1", ops: ids.map((id) => putOp("t", id, id)) });

  const seen: string[] = [];
  for await (const [id, value] of session.scan("t")) {
    if (Buffer.from(value).toString() === id) seen.push(id);
  }
  expect(seen.toSorted()).toEqual(ids.toSorted());
  for await (const id of session.ids("t")) {
    expect(ids).toContain(id);
    break;
  }
  for await (const page of session.scanPages?.("t") ?? []) {
    expect(page).toHaveLength(500);
    break;
  }
  expect(await session.types()).toEqual(["t"]);
});

test("a batch of every kind of operation goes over with each value at its own place", async () => {
  await using folder = await temporaryFolder();
  await using backend = await sqliteBackend(folder.file("auth.db"), { threaded });
  const session = await openSession(backend);
  await session.commit({ batchId: "1", ops: [putOp("t", "bad", "bad"), putOp("t", "old", "x")] });

  const bad = { type: "t", id: "bad", value: Buffer.from("bad"), reason: "undecodable" } as const;
  await session.commit({
    batchId: "2",
    creds: Buffer.from("creds"),
    ops: [
      putOp("t", "1", "one"),
      putOp("t", "2", ""),
      { op: "del", type: "t", id: "1" },
      { op: "del", type: "t", id: "old" },
      putOp("u", "1", "other family"),
      { op: "quarantine", ...bad },
      putOp("t", "3", "three"),
    ],
  });

  const read = await session.read("t", ["1", "2", "3", "old", "bad"]);
  const [first] = await session.read("u", ["1"]);
  expect(read.map(text)).toEqual([undefined, "", "three", undefined, undefined]);
  expect(text(first)).toBe("other family");
  expect(text(await session.readCreds())).toBe("creds");
});

test("a process that leaves without closing ends all the same", async () => {
  await using folder = await temporaryFolder();
  await using program = Program.start("leaver", folder.file("auth.db"), "threaded");
  await program.linesUntil((line) => line === "done");
  await program.ended();
  expect(program.exitCode).toBe(0);
});

function text(value: Uint8Array | null | undefined): string | undefined {
  return value?.length === undefined ? undefined : Buffer.from(value).toString();
}
