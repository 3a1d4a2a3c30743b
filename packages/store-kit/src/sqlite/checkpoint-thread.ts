// The thread in which write-ahead logs are moved into their files: one for all databases of the process. It has none
// of them open between two requests, so there is nothing to close when it ends.
import { existsSync } from "node:fs";
import { parentPort } from "node:worker_threads";
import { type SqliteDatabase, type SqliteDriver, openSqlite } from "@motte/core/sqlite";
import {
  type CheckpointReport,
  type CheckpointRequest,
  DONE,
  EMPTIED,
  EMPTYING_DONE,
  FAILED,
  HELD,
  NOBODY,
  OUTCOME,
  THREAD,
  TURN,
} from "./checkpoint-messages.ts";

/** So few are not worth waiting once more for the disk. */
const FEW_PAGES = 64;
const EMPTYING_ATTEMPTS = 20;
const ATTEMPT_EVERY_MS = 5;

if (parentPort === null) throw new Error("This file is a thread of @motte/store-kit, no program");
const port = parentPort;
const loaded = new Set<SqliteDriver>();
const never = new Int32Array(new SharedArrayBuffer(4));
let last: Promise<void> = Promise.resolve();

port.on("message", (request: CheckpointRequest) => {
  last = last.then(() => answer(request));
});

/** Never rejects. */
async function answer(request: CheckpointRequest): Promise<void> {
  const { number, shared } = request;
  let report: CheckpointReport;
  try {
    report = { number, isEmptied: await inTurn(request) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    report = { number, isEmptied: false, error: why };
  }
  if (request.empty) {
    const went = report.isEmptied ? EMPTIED : HELD;
    Atomics.store(shared, OUTCOME, report.error === undefined ? went : FAILED);
    Atomics.store(shared, EMPTYING_DONE, number);
  }
  Atomics.store(shared, DONE, number);
  Atomics.notify(shared, DONE);
  port.postMessage(report);
}

async function inTurn({ file, driver, empty, shared }: CheckpointRequest): Promise<boolean> {
  await load(driver);
  // Whoever closes the database waits for the end of the turn, so nothing slow comes before SQLite in it.
  if (Atomics.compareExchange(shared, TURN, NOBODY, THREAD) !== NOBODY) return false;
  try {
    // SQLite would make a new one.
    if (!existsSync(file)) throw new Error("The file of the database is gone");
    const database = await openSqlite(file, { driver });
    try {
      move(database);
      return empty && emptied(database);
    } finally {
      database.close();
    }
  } finally {
    Atomics.store(shared, TURN, NOBODY);
    Atomics.notify(shared, TURN);
  }
}

async function load(driver: SqliteDriver): Promise<void> {
  if (loaded.has(driver)) return;
  (await openSqlite(":memory:", { driver })).close();
  loaded.add(driver);
}

/** Moves what can be moved beside readers and writers, and what was written meanwhile while that becomes less. */
function move(database: SqliteDatabase): void {
  database.exec("PRAGMA busy_timeout = 1000");
  const passive = database.prepare("PRAGMA wal_checkpoint(PASSIVE)");
  for (let before = Infinity; ;) {
    const row = passive.get();
    const left = Number(row?.["log"]) - Number(row?.["checkpointed"]);
    if (left <= FEW_PAGES || left >= before) return;
    before = left;
  }
}

/**
 * Empties the log, in which erased text would live on. Writers wait for it, so it never waits itself while it keeps
 * them from writing: it tries again instead.
 */
function emptied(database: SqliteDatabase): boolean {
  database.exec("PRAGMA busy_timeout = 0");
  const truncate = database.prepare("PRAGMA wal_checkpoint(TRUNCATE)");
  for (let attempt = 1; ; attempt++) {
    if (Number(truncate.get()?.["busy"]) === 0) return true;
    if (attempt === EMPTYING_ATTEMPTS) return false;
    Atomics.wait(never, 0, 0, ATTEMPT_EVERY_MS);
  }
}
