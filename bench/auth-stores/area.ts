// Compares stores of Baileys' auth state on the traces that matter.
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Figure, Role } from "../../packages/cli/src/bench/figure.ts";
import { summarized } from "../../packages/cli/src/bench/statistics.ts";
import type { Area, AreaContext } from "../harness/area.ts";
import { chart } from "./chart.ts";
import { type Goal, type Results, checkGoals } from "./goals.ts";
import { type Growth, measureGrowth } from "./growth.ts";
import { type Limits, type Measurement, measure } from "./measure.ts";
import { MULTI_FILE, STORES, type Store } from "./stores.ts";
import { TRACES, type Trace } from "./traces.ts";

const LIMITS: Readonly<Record<AreaContext["mode"], Limits>> = {
  quick: { rounds: 2, warmUps: 1, budgetMs: 20, maxSteps: 200 },
  normal: { rounds: 6, warmUps: 2, budgetMs: 80, maxSteps: 1000 },
  full: { rounds: 10, warmUps: 2, budgetMs: 500, maxSteps: 2000 },
};
const GROWTH_SIZES: Readonly<Record<AreaContext["mode"], readonly number[]>> = {
  quick: [],
  normal: [1_000, 10_000, 100_000],
  full: [1_000, 10_000, 100_000, 1_000_000],
};
/** What takes half of the time of all of them. */
const NOT_QUICK = ["history(10k lids)", "group-first(256)", "64 sessions receive"];
// A step of twenty thousand values is a measurement in itself.
const MANY_VALUES = 10_000;

export const authStores: Area = {
  name: "auth-stores",
  title: "Auth stores",
  about: `What Baileys asks of its auth state, asked of every store in turns. Ratios say how many times faster than Baileys' ${MULTI_FILE} a store is, round by round.`,
  durability: "each store says what an acknowledged write survives",
  benches: TRACES.map(({ name }) => name),
  async run(context) {
    const { mode, folder, only, print, environment } = context;
    const limits = LIMITS[mode];
    const results = new Map<string, ReadonlyMap<string, Measurement>>();
    for (const trace of TRACES) {
      const isLeftOut = mode === "quick" && NOT_QUICK.includes(trace.name);
      if (only === undefined ? isLeftOut : only !== trace.name) continue;
      const found = await compare(trace, folder, limits);
      results.set(trace.name, found);
      printTrace(trace, found, print);
    }
    const sizes = only === undefined ? GROWTH_SIZES[mode] : [];
    const growth = await measureGrowth(folder, sizes);
    const goals = only === undefined ? checkGoals(results, growth) : [];
    printGrowth(growth, print);
    for (const { goal, measured, limit, met } of goals) {
      const beside = limit === undefined ? "" : ` (${limit})`;
      print(`${met ? "met   " : "MISSED"}  ${measured}  ${goal}${beside}`);
    }
    const { node, cpu, cores, sqlite, loadAverage } = environment;
    const title = `Node ${node}, SQLite ${sqlite}, ${cpu}, ${cores} cores, load average ${loadAverage}; best of ${limits.rounds} rounds`;
    return {
      figures: [...ratiosOf(results), ...goals.map(goalFigure)],
      detail: { rounds: limits.rounds, goals, growth, traces: detailOf(results) },
      svg: chart(results, STORES, title),
    };
  },
};

async function compare(
  trace: Trace,
  folder: string,
  limits: Limits,
): Promise<ReadonlyMap<string, Measurement>> {
  const where = join(folder, "stores");
  await mkdir(where);
  const rounds = trace.payloads > MANY_VALUES ? Math.min(2, limits.rounds) : limits.rounds;
  const [found = new Map<string, Measurement>()] = await measure([trace], STORES, where, {
    ...limits,
    rounds,
  });
  await rm(where, { recursive: true, force: true });
  return found;
}

function printTrace(
  trace: Trace,
  measured: ReadonlyMap<string, Measurement>,
  print: AreaContext["print"],
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

function printGrowth(growth: readonly Growth[], print: AreaContext["print"]): void {
  for (const { records, setP50Ms, getP50Ms, rawGetP50Ms } of growth) {
    const times = [setP50Ms, getP50Ms, rawGetP50Ms].map((ms) => ms.toFixed(3));
    print(
      `${records} records: set ${times[0]} ms, get ${times[1]} ms (raw statement ${times[2]} ms)`,
    );
  }
}

/** Round by round, since what slows down a round slows down all of it. */
function ratiosOf(results: Results): Figure[] {
  return [...results].flatMap(([trace, measured]) => {
    const base = measured.get(MULTI_FILE)?.roundsP50Ms;
    if (base === undefined) return [];
    return STORES.flatMap((store): Figure[] => {
      const own = measured.get(store.name)?.roundsP50Ms;
      if (own === undefined || store.name === MULTI_FILE) return [];
      const ratios = own.map((ms, round) => (base[round] ?? Number.NaN) / ms);
      const { median, spread, rounds } = summarized(ratios);
      return [
        {
          group: trace,
          name: store.name,
          kind: "ratio",
          unit: "x",
          value: median,
          better: "more",
          spread,
          rounds,
          role: roleOf(store),
          note: `survives ${store.durability === "nothing" ? "nothing" : `a ${store.durability}`}`,
        },
      ];
    });
  });
}

function goalFigure({ goal, value, unit, bound, better }: Goal): Figure {
  return {
    group: "Goals, each store's best round",
    name: goal,
    kind: "measure",
    unit,
    value,
    better,
    spread: 0,
    rounds: 1,
    role: "ours",
    goal: bound,
  };
}

function roleOf({ name }: Store): Role {
  return /^(?:raw|write|Map)/.test(name) ? "limit" : "ours";
}

function detailOf(results: Results): object[] {
  return TRACES.filter(({ name }) => results.has(name)).map(({ name, step }) => {
    const measured = results.get(name);
    const base = measured?.get(MULTI_FILE)?.operationsPerSecond;
    const stores = STORES.flatMap((store) => {
      const found = measured?.get(store.name);
      if (found === undefined) return [];
      const { roundsP50Ms: _rounds, ...best } = found;
      const ratio = base === undefined ? null : found.operationsPerSecond / base;
      const { durability, atomic } = store;
      return [
        { store: store.name, ratioToMultiFile: ratio, survives: durability, atomic, ...best },
      ];
    });
    const failed = STORES.filter((store) => measured?.has(store.name) === false);
    return { trace: name, step, stores, failedWithEmfile: failed.map((store) => store.name) };
  });
}
