// How fast `motte migrate --all` moves accounts, beside the least it takes: the same records read from the one store and
// written to the other in batches of the same size, with no check, no comparison and no process to start.
//   pnpm exec tsx bench/auth-stores/migration/main.ts [--full] [--rounds <n>]
import { spawn } from "node:child_process";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { AuthBackend, WriteOp } from "@motte/auth-stores";
import { fileBackend } from "@motte/auth-stores/backends/file";
import { sqliteBackend } from "@motte/auth-stores/backends/sqlite";
import { systemClock } from "@motte/core/clock";
import { type SqliteRow, inTransaction, openSqlite } from "@motte/core/sqlite";
import { machine } from "../../machine.ts";
import { makeFleet } from "./fleet.ts";

const MOTTE = fileURLToPath(new URL("../../../packages/cli/bin/motte.js", import.meta.url));
const BATCH = 500;
// Prints what the process took when it ends, on a line of its own.
const WATCH = `data:text/javascript,process.on("exit",()=>console.error("peak "+process.resourceUsage().maxRSS))`;

const { values: options } = parseArgs({
  options: {
    full: { type: "boolean", default: false },
    rounds: { type: "string", default: "3" },
  },
});
const [sessions, records] = [options.full ? 100 : 3, 10_000];
const rounds = options.full ? 1 : Number(options.rounds);
const total = sessions * records;
const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** A kind of store that accounts are moved to. */
interface Target {
  readonly name: string;
  readonly store: (path: string) => string;
  readonly open: (path: string) => Promise<AuthBackend>;
}

const TARGETS: readonly Target[] = [
  { name: "sqlite", store: (path) => `sqlite:${path}`, open: (path) => sqliteBackend(path) },
  {
    name: "files",
    store: (path) => `files:${path}`,
    open: (path) => fileBackend(path, { sessions: "many" }),
  },
];

const folder = await mkdtemp(join(tmpdir(), "motte-bench-"));
try {
  print(JSON.stringify(machine()));
  const fleet = join(folder, "fleet.db");
  await makeFleet(fleet, sessions, records);
  const rawRates: number[] = [];
  for (let round = 0; round < rounds; round++) rawRates.push(await rawStatements(fleet, round));
  print(`raw statements, flushed: ${Math.round(median(rawRates))} records/s written`);
  for (const target of TARGETS) {
    const [least, moved, peaks]: number[][] = [[], [], []];
    for (let round = 0; round < rounds; round++) {
      const turns = [
        async () => least?.push(await bulk(fleet, target, round)),
        async () => {
          const { rate, peakMiB } = await motte(fleet, target, round);
          moved?.push(rate);
          peaks?.push(peakMiB);
        },
      ];
      // In turn, so that whatever else the machine does meets both.
      for (const turn of round % 2 === 0 ? turns : turns.toReversed()) await turn();
    }
    const [bulkRate, rate] = [median(least ?? []), median(moved ?? [])];
    print(
      `sqlite to ${target.name}: motte migrate ${Math.round(rate)} records/s, bulk ${Math.round(bulkRate)} records/s, ` +
        `ratio ${(rate / bulkRate).toFixed(2)}, peak memory ${Math.round(Math.max(...(peaks ?? [])))} MiB`,
    );
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Records a second of which the slower side is capable by itself, through the backends that `motte` uses. */
async function bulk(fleet: string, target: Target, round: number): Promise<number> {
  await using source = await sqliteBackend(fleet);
  await using to = await target.open(join(folder, `bulk-${target.name}-${round}`));
  const taken = { reading: 0, writing: 0 };
  for await (const { sessionId } of source.list()) {
    const opening = { owner: "bench", leaseMs: 600_000, isKnownDead: () => true };
    const from = await source.open(sessionId, { ...opening, create: false });
    const into = await to.open(sessionId, { ...opening, create: true });
    const ops: WriteOp[] = [];
    const readingSince = systemClock.monotonic();
    for (const type of await from.types()) {
      for await (const [id, value] of from.scan(type)) ops.push({ op: "put", type, id, value });
    }
    taken.reading += systemClock.monotonic() - readingSince;
    const writingSince = systemClock.monotonic();
    for (let at = 0; at < ops.length; at += BATCH) {
      await into.commit({ batchId: `${at}`, ops: ops.slice(at, at + BATCH) });
    }
    taken.writing += systemClock.monotonic() - writingSince;
    await from.release();
    await into.release();
  }
  return (total / Math.max(taken.reading, taken.writing)) * 1_000;
}

async function motte(
  fleet: string,
  target: Target,
  round: number,
): Promise<{ readonly rate: number; readonly peakMiB: number }> {
  // Moving marks what it has moved.
  const source = join(folder, `source-${target.name}-${round}.db`);
  await copyFile(fleet, source);
  const to = target.store(join(folder, `moved-${target.name}-${round}`));
  const args = ["--import", WATCH, MOTTE, "migrate", `sqlite:${source}`, to, "--all", "--json"];
  const since = systemClock.monotonic();
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
  let error = "";
  child.stderr.on("data", (chunk: Buffer) => (error += chunk.toString()));
  const code = await new Promise((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`motte migrate ended with ${String(code)}: ${error}`);
  const peakKiB = Number(/peak (\d+)/.exec(error)?.[1]);
  return { rate: (total / (systemClock.monotonic() - since)) * 1_000, peakMiB: peakKiB / 1_024 };
}

/** What prepared statements alone write in a second, in transactions of the same size that survive a power cut. */
async function rawStatements(fleet: string, round: number): Promise<number> {
  const source = await openSqlite(fleet);
  const target = await openSqlite(join(folder, `raw-${round}.db`));
  target.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  target.exec(
    "CREATE TABLE kv(sid INTEGER, type TEXT, id TEXT, v BLOB NOT NULL, PRIMARY KEY(sid, type, id)) STRICT",
  );
  const put = target.prepare("INSERT INTO kv VALUES(?, ?, ?, ?)");
  const read = source.prepare("SELECT sid, type, id, v FROM kv WHERE sid = ?");
  let took = 0;
  for (const { sid = null } of source.prepare("SELECT sid FROM session").all()) {
    const rows: readonly SqliteRow[] = read.all(sid);
    const since = systemClock.monotonic();
    for (let at = 0; at < rows.length; at += BATCH) {
      inTransaction(target, () => {
        for (const { type = null, id = null, v = null } of rows.slice(at, at + BATCH)) {
          put.run(sid, type, id, v);
        }
      });
    }
    took += systemClock.monotonic() - since;
  }
  source.close();
  target.close();
  return (total / took) * 1_000;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}
