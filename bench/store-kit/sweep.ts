import { systemClock } from "@motte/core/clock";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { openSqlite } from "@motte/core/sqlite";
import { days, openMessageStore } from "@motte/store-kit";
import { type Figure, longestBlock } from "./figure.ts";

const ROWS = 1_000_000;
const DAY_MS = 86_400_000;

/** A million messages that expired while nobody looked. */
export async function sweep(folder: string): Promise<readonly Figure[]> {
  const database = await openSqlite(join(folder, "sweep.db"));
  // A month ahead after a while; how long a step takes is measured as it is.
  let aheadMs = 0;
  const clock = { ...systemClock, now: () => systemClock.now() + aheadMs };
  const store = await openMessageStore({
    database,
    account: "bench",
    clock,
    sweepEvery: days(365),
  });
  const key = { remoteJid: "1@lid", fromMe: true, id: "SEED" };
  store.recordSent({ key, message: { conversation: "x" }, messageTimestamp: clock.now() / 1000 });
  const columns = database
    .prepare("SELECT name FROM pragma_table_info('message') WHERE name <> 'pk'")
    .all()
    .map(({ name }) => String(name));
  const copied = columns.map((name) => (name === "id" ? "'X' || value" : name));
  database.exec(
    `WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < ${ROWS})
     INSERT INTO message(${columns.join()}) SELECT ${copied.join()} FROM message, n`,
  );
  // One statement for all of them left a log that no writing of the store's own would: not for the sweep to empty.
  database.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get();
  database.exec("UPDATE account SET messages = (SELECT count(*) FROM message)");
  aheadMs = 30 * DAY_MS;
  let deleted = 0;
  let longestMs = 0;
  let steps = 0;
  const { tookMs } = await longestBlock(async () => {
    for (let more = true; more;) {
      const start = systemClock.monotonic();
      const report = store.sweep();
      longestMs = Math.max(longestMs, systemClock.monotonic() - start);
      deleted += report.deleted;
      steps++;
      more = report.more;
      await setImmediate();
    }
  });
  await store.close();
  database.close();
  const beside = [
    { name: "rows deleted", value: deleted, unit: "" },
    { name: "in all", value: tookMs, unit: "ms" },
    {
      name: "longest of as many commits of 16 rows, by hand",
      value: await longestCommit(join(folder, "commits.db"), steps),
      unit: "ms",
    },
    {
      name: "longest turn of a loop that only computes, 2 ms at a time for as long",
      value: await longestTurn(tookMs),
      unit: "ms",
    },
  ];
  return [
    {
      what: "longest step in the sweep of a million expired rows",
      measured: longestMs,
      unit: "ms",
      goal: 10,
      beside,
    },
  ];
}

/** What the machine and its disk make wait, whoever writes. */
async function longestCommit(file: string, commits: number): Promise<number> {
  const database = await openSqlite(file);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  database.exec("CREATE TABLE entries(key INTEGER PRIMARY KEY, value TEXT)");
  const put = database.prepare("INSERT INTO entries(value) VALUES (?)");
  const value = "x".repeat(200);
  let longestMs = 0;
  for (let commit = 0; commit < commits; commit++) {
    const start = systemClock.monotonic();
    database.exec("BEGIN IMMEDIATE");
    for (let row = 0; row < 16; row++) put.run(value);
    database.exec("COMMIT");
    longestMs = Math.max(longestMs, systemClock.monotonic() - start);
    await setImmediate();
  }
  database.close();
  return longestMs;
}

/** What the machine makes anybody wait for a processor. */
async function longestTurn(forMs: number): Promise<number> {
  const end = systemClock.monotonic() + forMs;
  let longestMs = 0;
  for (let start = systemClock.monotonic(); start < end; start = systemClock.monotonic()) {
    let now = start;
    while (now - start < 2) now = systemClock.monotonic();
    longestMs = Math.max(longestMs, now - start);
    await setImmediate();
  }
  return longestMs;
}
