import { closeSync, openSync, statSync, writeSync } from "node:fs";
import { sqliteBackend } from "@motte/auth-stores/backends/sqlite";
import { type Logger, silentLogger } from "@motte/core/logger";
import { ManualClock } from "@motte/core/manual-clock";
import { type SqliteDatabase, openSqlite } from "@motte/core/sqlite";
import { expect, test } from "vitest";
import { openSession, putOp } from "../support/backend-calls.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const PAGE = 4096;

test.each([false, true])(
  "a sound database has nothing to report (threaded: %s)",
  async (threaded) => {
    await using folder = await temporaryFolder();
    await using backend = await sqliteBackend(folder.file("auth.db"), { threaded });
    const session = await openSession(backend);
    await session.commit({ batchId: "1", ops: [putOp("t", "1", "x")] });

    expect(await backend.integrityCheck()).toEqual([]);
  },
);

test("damage inside the file is reported", async () => {
  await using folder = await temporaryFolder();
  const file = folder.file("auth.db");
  const first = await sqliteBackend(file);
  const session = await openSession(first);
  const ops = Array.from({ length: 2000 }, (_, index) => putOp("t", `${index}`, "x".repeat(500)));
  await session.commit({ batchId: "1", ops });
  await first[Symbol.asyncDispose]();
  const descriptor = openSync(file, "r+");
  const lastPage = statSync(file).size - PAGE;
  for (let page = lastPage; page > lastPage / 2; page -= PAGE) {
    writeSync(descriptor, Buffer.alloc(64, 0xee), 0, 64, page);
  }
  closeSync(descriptor);

  await using backend = await sqliteBackend(file);
  expect((await backend.integrityCheck()).length).toBeGreaterThan(0);
});

test.each([
  { version: "3.46.1", owners: 2, warnings: 1 },
  { version: "3.51.2", owners: 2, warnings: 1 },
  { version: "3.51.3", owners: 2, warnings: 0 },
  { version: "3.53.0", owners: 2, warnings: 0 },
  { version: "4.0.0", owners: 2, warnings: 0 },
  { version: "3.46.1", owners: 1, warnings: 0 },
])(
  "SQLite $version with $owners owners of one file: $warnings warnings",
  async ({ version, owners, warnings }) => {
    await using folder = await temporaryFolder();
    const file = folder.file("auth.db");
    const logged: unknown[] = [];
    const logger: Logger = { ...silentLogger, warn: (detail) => void logged.push(detail) };
    const database = pretending(await openSqlite(file), version);
    const clock = new ManualClock(1);
    await using mine = await sqliteBackend(database, { clock, logger });
    await using theirs = await sqliteBackend(file, { clock });
    const open = { create: true, leaseMs: 1000, isKnownDead: () => false };

    if (owners === 2) await theirs.open("theirs", { ...open, owner: "other" });
    await mine.open("a", { ...open, owner: "first" });
    await mine.open("b", { ...open, owner: "second" });

    expect(logged).toHaveLength(warnings);
    await mine[Symbol.asyncDispose]();
    database.close();
  },
);

/** A real database that gives itself out as another version of SQLite. */
function pretending(inner: SqliteDatabase, version: string): SqliteDatabase {
  return {
    exec: (sql) => inner.exec(sql),
    prepare: (sql) => inner.prepare(sql.replace("sqlite_version()", `'${version}'`)),
    close: () => inner.close(),
  };
}
