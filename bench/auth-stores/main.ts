// Compares stores of Baileys' auth state on the traces that matter:
//   pnpm bench [--full] [--trace <name>] [--write]
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { hasCode } from "@motte/core/errors";
import { openSqlite } from "@motte/core/sqlite";
import { chart } from "./chart.ts";
import { checkGoals } from "./goals.ts";
import { measureGrowth } from "./growth.ts";
import { type Measurement, measure, middle } from "./measure.ts";
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
const rounds = options.full ? 7 : 3;
const limits = options.full
  ? { budgetMs: 1000, minSteps: 5, maxSteps: 3000 }
  : { budgetMs: 80, minSteps: 1, maxSteps: 1000 };
const growthSizes = options.full ? [1_000, 10_000, 100_000, 1_000_000] : [1_000, 10_000, 100_000];

const [loadBefore = 0] = loadavg();
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
  for (const { records, setP50Ms, getP50Ms } of growth) {
    print(`${records} records: set ${setP50Ms.toFixed(3)} ms, get ${getP50Ms.toFixed(3)} ms`);
  }
  for (const { goal, measured, met } of goals)
    print(`${met ? "met   " : "MISSED"}  ${measured}  ${goal}`);
  if (options.write) await write({ machine: await machine(), rounds, goals, growth });
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function compare(trace: (typeof TRACES)[number]): Promise<void> {
  const found = new Map<string, Measurement[]>();
  for (let round = 0; round < (trace.heavy === true && !options.full ? 1 : rounds); round++) {
    // Forwards and backwards in turn, so that no store always runs on a machine that has just rested.
    for (const store of round % 2 === 0 ? STORES : STORES.toReversed()) {
      const where = join(folder, `${round}`);
      try {
        const measured = await measure(trace, store, where, limits);
        found.set(store.name, [...(found.get(store.name) ?? []), measured]);
      } catch (error) {
        // Baileys writes one file per record, all at once: twenty thousand are more than a process may have open.
        if (!hasCode(error, "EMFILE")) throw error;
        if (round === 0) failures.push({ trace: trace.name, store: store.name, code: error.code });
      }
      await rm(where, { recursive: true, force: true });
    }
  }
  const medians = new Map([...found].map(([name, all]) => [name, middle(all)]));
  results.set(trace.name, medians);
  printTrace(trace, medians);
}

function printTrace(
  trace: (typeof TRACES)[number],
  medians: ReadonlyMap<string, Measurement>,
): void {
  const base = medians.get(MULTI_FILE)?.operationsPerSecond;
  print(`\n${trace.name}: ${trace.step}`);
  for (const { name, durability } of STORES) {
    const found = medians.get(name);
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

async function machine(): Promise<Record<string, string | number>> {
  const database = await openSqlite(":memory:");
  const sqlite = database.prepare("SELECT sqlite_version() AS version").get()?.["version"];
  database.close();
  const [cpu] = cpus();
  return {
    node: process.version,
    sqlite: String(sqlite),
    cpu: cpu?.model.trim() ?? "unknown",
    cores: cpus().length,
    // What else was going on: above the number of cores, read the ratios and not the rates.
    loadAverage: Number(loadBefore.toFixed(1)),
    platform: `${process.platform} ${process.arch}`,
  };
}

async function write(about: {
  readonly machine: Record<string, string | number>;
  readonly rounds: number;
  readonly goals: unknown;
  readonly growth: unknown;
}): Promise<void> {
  const traces = TRACES.filter(({ name }) => results.has(name)).map(({ name, step }) => {
    const medians = results.get(name);
    const base = medians?.get(MULTI_FILE)?.operationsPerSecond;
    const stores = STORES.flatMap((store) => {
      const found = medians?.get(store.name);
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
  const title = `Node ${node}, SQLite ${sqlite}, ${cpu}, ${cores} cores, load average ${loadAverage}; median of ${about.rounds} rounds`;
  await writeFile(join(RESULTS, "auth-stores.svg"), chart(results, STORES, title));
  print(`\nwritten to ${RESULTS}`);
}
