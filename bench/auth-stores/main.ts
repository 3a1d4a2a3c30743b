// Compares stores of Baileys' auth state on the traces that matter:
//   pnpm bench [--full] [--trace <name>] [--write]
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { openSqlite } from "@motte/core/sqlite";
import { machine } from "../machine.ts";
import { chart } from "./chart.ts";
import { checkGoals } from "./goals.ts";
import { measureGrowth } from "./growth.ts";
import { type Measurement, measure } from "./measure.ts";
import { MULTI_FILE, STORES } from "./stores.ts";
import { TRACES } from "./traces.ts";

const RESULTS = fileURLToPath(new URL("../results/", import.meta.url));

const { values: options } = parseArgs({
  options: {
    full: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
    trace: { type: "string" },
  },
});
const limits = options.full
  ? { rounds: 10, budgetMs: 500, maxSteps: 2000 }
  : { rounds: 6, budgetMs: 80, maxSteps: 1000 };
const growthSizes = options.full ? [1_000, 10_000, 100_000, 1_000_000] : [1_000, 10_000, 100_000];

const ranOn = machine();
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const folder = await mkdtemp(join(tmpdir(), "motte-bench-"));
const results = new Map<string, Map<string, Measurement>>();
const failures: { readonly trace: string; readonly store: string; readonly code: string }[] = [];
try {
  for (const trace of TRACES) {
    if (options.trace === undefined || options.trace === trace.name) await compare(trace);
  }
  const growth = options.trace === undefined ? await measureGrowth(folder, growthSizes) : [];
  const goals = options.trace === undefined ? checkGoals(results, growth) : [];
  for (const { records, setP50Ms, getP50Ms, rawGetP50Ms } of growth) {
    const times = [setP50Ms, getP50Ms, rawGetP50Ms].map((ms) => ms.toFixed(3));
    print(
      `${records} records: set ${times[0]} ms, get ${times[1]} ms (raw statement ${times[2]} ms)`,
    );
  }
  for (const { goal, measured, limit, met } of goals) {
    const beside = limit === undefined ? "" : ` (${limit})`;
    print(`${met ? "met   " : "MISSED"}  ${measured}  ${goal}${beside}`);
  }
  if (options.write)
    await write({
      machine: { ...ranOn, sqlite: await sqliteVersion() },
      rounds: limits.rounds,
      goals,
      growth,
    });
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function compare(trace: (typeof TRACES)[number]): Promise<void> {
  const where = join(folder, "stores");
  await mkdir(where);
  // A step of twenty thousand values is a measurement in itself.
  const rounds = trace.payloads > 10_000 ? Math.min(2, limits.rounds) : limits.rounds;
  const [found = new Map<string, Measurement>()] = await measure([trace], STORES, where, {
    ...limits,
    rounds,
  });
  await rm(where, { recursive: true, force: true });
  for (const { name } of STORES) {
    if (!found.has(name)) failures.push({ trace: trace.name, store: name, code: "EMFILE" });
  }
  results.set(trace.name, found);
  printTrace(trace, found);
}

function printTrace(
  trace: (typeof TRACES)[number],
  measured: ReadonlyMap<string, Measurement>,
): void {
  const base = measured.get(MULTI_FILE)?.operationsPerSecond;
  print(`\n${trace.name}: ${trace.step}`);
  for (const { name, durability } of STORES) {
    const found = measured.get(name);
    if (found === undefined) {
      print(`  ${"-".padStart(8)}  ${name}: failed with EMFILE`);
      continue;
    }
    const { operationsPerSecond, p50Ms, p99Ms, loopDelayP99Ms } = found;
    const ratio = base === undefined ? "" : `${(operationsPerSecond / base).toPrecision(3)}x`;
    print(
      `  ${ratio.padStart(8)}  ${name.padEnd(26)} survives: ${durability.padEnd(14)} ` +
        `${operationsPerSecond.toFixed(0).padStart(8)}/s  p50 ${p50Ms.toFixed(3)} ms  p99 ${p99Ms.toFixed(3)} ms  ` +
        `loop p99 ${loopDelayP99Ms.toFixed(1)} ms`,
    );
  }
}

async function sqliteVersion(): Promise<string> {
  const database = await openSqlite(":memory:");
  const sqlite = database.prepare("SELECT sqlite_version() AS version").get()?.["version"];
  database.close();
  return String(sqlite);
}

async function write(about: {
  readonly machine: Record<string, string | number>;
  readonly rounds: number;
  readonly goals: unknown;
  readonly growth: unknown;
}): Promise<void> {
  const traces = TRACES.filter(({ name }) => results.has(name)).map(({ name, step }) => {
    const measured = results.get(name);
    const base = measured?.get(MULTI_FILE)?.operationsPerSecond;
    const stores = STORES.flatMap((store) => {
      const found = measured?.get(store.name);
      if (found === undefined) return [];
      const ratio = base === undefined ? null : found.operationsPerSecond / base;
      const { durability, atomic } = store;
      return [
        { store: store.name, ratioToMultiFile: ratio, survives: durability, atomic, ...found },
      ];
    });
    return { trace: name, step, stores };
  });
  await mkdir(RESULTS, { recursive: true });
  const json = JSON.stringify({ ...about, traces, failures }, null, 2);
  await writeFile(join(RESULTS, "auth-stores.json"), `${json}\n`);
  const { node, cpu, cores, sqlite, loadAverage } = about.machine;
  const title = `Node ${node}, SQLite ${sqlite}, ${cpu}, ${cores} cores, load average ${loadAverage}; best of ${about.rounds} rounds`;
  await writeFile(join(RESULTS, "auth-stores.svg"), chart(results, STORES, title));
  print(`\nwritten to ${RESULTS}`);
}
