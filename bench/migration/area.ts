// How fast `motte migrate --all` moves accounts, beside the least it takes: the same records read from the one store and
// written to the other in batches of the same size, with no check and no comparison.
import { spawn } from "node:child_process";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AuthBackend, BackendSession, WriteOp } from "@motte/auth-stores";
import { fileBackend } from "@motte/auth-stores/backends/file";
import { sqliteBackend } from "@motte/auth-stores/backends/sqlite";
import { systemClock } from "@motte/core/clock";
import { type SqliteRow, inTransaction, openSqlite } from "@motte/core/sqlite";
import type { Figure } from "../../packages/cli/src/bench/figure.ts";
import { summarized } from "../../packages/cli/src/bench/statistics.ts";
import type { Area, AreaContext } from "../harness/area.ts";
import { makeFleet } from "./fleet.ts";

const MOTTE = fileURLToPath(new URL("../../packages/cli/bin/motte.js", import.meta.url));
const BATCH = 500;
// Says at the end how much memory the process has had at most.
const WATCH = `data:text/javascript,process.on("exit",()=>console.error("peak "+process.resourceUsage().maxRSS))`;
const GOAL_RATIO = 0.7;
const GOAL_MIB = 200;

interface Size {
  readonly sessions: number;
  readonly records: number;
  readonly rounds: number;
}

const SIZES: Readonly<Record<AreaContext["mode"], Size>> = {
  quick: { sessions: 1, records: 4_000, rounds: 2 },
  normal: { sessions: 3, records: 10_000, rounds: 3 },
  full: { sessions: 100, records: 10_000, rounds: 1 },
};

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

/** What the rounds of one target have come to. */
interface Measured {
  readonly bulk: number[];
  /** Reading, writing and reading back one after another, as one thread has to. */
  readonly inTurn: number[];
  readonly raw: number[];
  readonly moved: number[];
  readonly peaksMiB: number[];
}

export const migration: Area = {
  name: "migration",
  title: "Moving accounts",
  about:
    "motte migrate --all out of a SQLite database, with every check and every record read back, beside the slower of reading and writing the same records in bulk.",
  durability: "survives a power cut, on both sides",
  benches: TARGETS.map(({ name }) => name),
  async run({ mode, folder, only, print }) {
    const size = SIZES[mode];
    const fleet = join(folder, "fleet.db");
    await makeFleet(fleet, size.sessions, size.records);
    const figures: Figure[] = [];
    for (const target of TARGETS) {
      if (only !== undefined && only !== target.name) continue;
      const found = await measure(target, { fleet, folder, ...size });
      figures.push(...figuresOf(target.name, found));
    }
    for (const { group, name, value, unit, goal } of figures) {
      const beside = goal === undefined ? "" : ` (goal ${goal})`;
      print(`${group}: ${name} ${value.toPrecision(3)} ${unit}${beside}`);
    }
    return { figures, detail: { ...size, figures } };
  },
};

interface Place extends Size {
  readonly fleet: string;
  readonly folder: string;
}

async function measure(target: Target, place: Place): Promise<Measured> {
  const measured: Measured = { bulk: [], inTurn: [], raw: [], moved: [], peaksMiB: [] };
  for (let round = 0; round < place.rounds; round++) {
    const turns = [
      async () => {
        const { bulk, inTurn } = await inBulk(target, place, round);
        measured.bulk.push(bulk);
        measured.inTurn.push(inTurn);
      },
      async () => measured.raw.push(await rawStatements(target, place, round)),
      async () => {
        const { rate, peakMiB } = await motte(target, place, round);
        measured.moved.push(rate);
        measured.peaksMiB.push(peakMiB);
      },
    ];
    // In turn, so that whatever else the machine does meets all of them.
    for (const turn of round % 2 === 0 ? turns : turns.toReversed()) await turn();
  }
  return measured;
}

function figuresOf(
  name: string,
  { bulk, inTurn, raw, moved, peaksMiB }: Measured,
): readonly Figure[] {
  const group = `sqlite to ${name}`;
  const common = { group, role: "ours", better: "more" } as const;
  const rate = { kind: "measure", unit: "records/s" } as const;
  const ratio = { kind: "ratio", unit: "x" } as const;
  const limit = { role: "limit" } as const;
  const against = (others: readonly number[]): Summarized =>
    figure(moved.map((value, round) => value / (others[round] ?? value)));
  return [
    { ...common, ...rate, name: "motte migrate", ...figure(moved) },
    { ...common, ...rate, ...limit, name: "bulk, through the stores", ...figure(bulk) },
    {
      ...common,
      ...rate,
      ...limit,
      name: "read, written and read back in one thread, nothing checked",
      ...figure(inTurn),
    },
    { ...common, ...rate, ...limit, name: "raw SQLite statements", ...figure(raw) },
    { ...common, ...ratio, name: "beside bulk", goal: GOAL_RATIO, ...against(bulk) },
    { ...common, ...ratio, name: "beside one thread that checks nothing", ...against(inTurn) },
    {
      ...common,
      kind: "measure",
      unit: "MiB",
      name: "most memory",
      better: "less",
      goal: GOAL_MIB,
      ...figure(peaksMiB),
    },
  ];
}

type Summarized = Pick<Figure, "value" | "spread" | "rounds">;

function figure(values: readonly number[]): Summarized {
  const { median, spread, rounds } = summarized(values);
  return { value: median, spread, rounds };
}

/**
 * Records a second through the backends that `motte` uses: of which the slower side is capable by itself, and which
 * are read, written and read back one after another.
 */
async function inBulk(
  target: Target,
  { fleet, folder, sessions, records }: Place,
  round: number,
): Promise<{ readonly bulk: number; readonly inTurn: number }> {
  await using source = await sqliteBackend(fleet);
  await using to = await target.open(join(folder, `bulk-${target.name}-${round}`));
  const taken = { reading: 0, writing: 0, back: 0 };
  for await (const { sessionId } of source.list()) {
    const opening = { owner: "bench", leaseMs: 600_000, isKnownDead: () => true };
    const from = await source.open(sessionId, { ...opening, create: false });
    const into = await to.open(sessionId, { ...opening, create: true });
    const ops: WriteOp[] = [];
    const readingSince = systemClock.monotonic();
    for await (const [type, id, value] of recordsOf(from)) ops.push({ op: "put", type, id, value });
    taken.reading += systemClock.monotonic() - readingSince;
    const writingSince = systemClock.monotonic();
    for (let at = 0; at < ops.length; at += BATCH) {
      await into.commit({ batchId: `${at}`, ops: ops.slice(at, at + BATCH) });
    }
    // A folder is only then written file by file.
    await into.release();
    taken.writing += systemClock.monotonic() - writingSince;
    await from.release();
    const copy = await to.open(sessionId, { ...opening, create: false });
    const backSince = systemClock.monotonic();
    let unread = ops.length;
    for await (const [type, id, value] of recordsOf(copy)) {
      if (value.length === 0) throw new Error(`${type} ${id} came back empty`);
      unread--;
    }
    taken.back += systemClock.monotonic() - backSince;
    await copy.release();
    if (unread !== 0) throw new Error(`${unread} of ${ops.length} records did not come back`);
  }
  const rate = (ms: number): number => ((sessions * records) / ms) * 1_000;
  return {
    bulk: rate(Math.max(taken.reading, taken.writing)),
    inTurn: rate(taken.reading + taken.writing + taken.back),
  };
}

async function* recordsOf(
  session: BackendSession,
): AsyncGenerator<readonly [type: string, id: string, value: Uint8Array]> {
  for (const type of await session.types()) {
    for await (const [id, value] of session.scan(type)) yield [type, id, value];
  }
}

async function motte(
  target: Target,
  { fleet, folder, sessions, records }: Place,
  round: number,
): Promise<{ readonly rate: number; readonly peakMiB: number }> {
  // Moving marks what it has moved.
  const source = join(folder, `source-${target.name}-${round}.db`);
  await copyFile(fleet, source);
  const to = target.store(join(folder, `moved-${target.name}-${round}`));
  const args = ["--import", WATCH, MOTTE, "migrate", `sqlite:${source}`, to, "--all", "--json"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let [out, error] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (error += chunk.toString()));
  const code = await new Promise((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`motte migrate ended with ${String(code)}: ${error}`);
  const peakKiB = Number(/peak (\d+)/.exec(error)?.[1]);
  // One after another, as neither side is a server; without the time that a process takes to start.
  const ms = [...out.matchAll(/"ms":(\d+)/g)].reduce((sum, [, took]) => sum + Number(took), 0);
  return { rate: ((sessions * records) / ms) * 1_000, peakMiB: peakKiB / 1_024 };
}

/** What prepared statements alone write in a second, in transactions of the same size that survive a power cut. */
async function rawStatements(
  { name }: Target,
  { fleet, folder, sessions, records }: Place,
  round: number,
): Promise<number> {
  const source = await openSqlite(fleet);
  const target = await openSqlite(join(folder, `raw-${name}-${round}.db`));
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
  return ((sessions * records) / took) * 1_000;
}
