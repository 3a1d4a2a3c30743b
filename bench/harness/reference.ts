// The ratios that were reached before, and whether a run still reaches them. Times are never compared.
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { hasCode } from "@motte/core/errors";
import { type Figure, figureKey } from "../../packages/cli/src/bench/figure.ts";
import type { Mode, RunRecord } from "../../packages/cli/src/bench/run-record.ts";
import { summarized } from "../../packages/cli/src/bench/statistics.ts";

interface ReferenceRatio {
  readonly value: number;
  /** Half of the distance between quartiles, as a share: of the rounds of a run, or of the runs if that is more. */
  readonly spread: number;
  readonly runs: number;
}

/** By mode, then by area and figure. */
export type References = Readonly<Partial<Record<Mode, Readonly<Record<string, ReferenceRatio>>>>>;

/** What became of one ratio. */
export interface Comparison {
  readonly name: string;
  readonly now: number;
  readonly before: ReferenceRatio;
  /** How much worse it may be, as a share. */
  readonly tolerance: number;
  /** How much worse it is; below 0 where it is better. */
  readonly worse: number;
  readonly verdict: "held" | "lost";
}

const FILE = fileURLToPath(new URL("../results/reference.json", import.meta.url));
// Of how many of the last runs a reference is made.
const RUNS = 5;
/**
 * Three times half of the distance between the quartiles are two standard deviations of one round, and a ratio is the
 * median of several. Where no round differs from another, what a machine of another make may differ by is left.
 */
const SPREADS = 3;
const LEAST_TOLERANCE = 0.1;

export async function readReferences(): Promise<References> {
  try {
    return JSON.parse(await readFile(FILE, "utf8")) as References;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return {};
    throw error;
  }
}

/** Renews what runs of this mode have to reach. Ratios that were not measured this time stay. */
export async function writeReferences(mode: Mode, kept: readonly RunRecord[]): Promise<void> {
  const before = await readReferences();
  const renewed = { ...before[mode], ...referencesOf(kept.filter((run) => run.mode === mode)) };
  const sorted = Object.fromEntries(
    Object.entries(renewed).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
  await writeFile(FILE, `${JSON.stringify({ ...before, [mode]: sorted }, undefined, 1)}\n`);
}

/** Of the last runs, what each of our ratios came to. */
export function referencesOf(runs: readonly RunRecord[]): Record<string, ReferenceRatio> {
  const series = new Map<string, Figure[]>();
  for (const run of runs) {
    for (const [name, figure] of ratiosOf(run)) {
      series.set(name, [...(series.get(name) ?? []), figure]);
    }
  }
  return Object.fromEntries(
    [...series].map(([name, all]) => {
      const last = all.slice(-RUNS);
      const { median, spread } = summarized(last.map(({ value }) => value));
      const within = summarized(last.map((figure) => figure.spread)).median;
      return [name, { value: median, spread: Math.max(spread, within), runs: last.length }];
    }),
  );
}

/** Every ratio of a run that has a reference, and the names of those that have none or were not measured. */
export function compared(
  run: RunRecord,
  references: References,
): {
  readonly comparisons: readonly Comparison[];
  readonly unknown: readonly string[];
  readonly missing: readonly string[];
} {
  const known = references[run.mode] ?? {};
  const found = ratiosOf(run);
  const comparisons = found.flatMap(([name, figure]) => {
    const before = known[name];
    return before === undefined ? [] : [comparison(name, figure, before)];
  });
  const names = new Set(found.map(([name]) => name));
  const areas = new Set(run.areas.map(({ area }) => area));
  return {
    comparisons,
    unknown: [...names].filter((name) => known[name] === undefined),
    missing: Object.keys(known).filter(
      (name) => areas.has(name.split(": ")[0] ?? "") && !names.has(name),
    ),
  };
}

function comparison(name: string, figure: Figure, before: ReferenceRatio): Comparison {
  const { value: now, spread, better } = figure;
  const tolerance = Math.max(LEAST_TOLERANCE, SPREADS * Math.hypot(spread, before.spread));
  const worse = better === "more" ? before.value / now - 1 : now / before.value - 1;
  return { name, now, before, tolerance, worse, verdict: worse > tolerance ? "lost" : "held" };
}

/** Our own ratios: what others reach is not ours to hold. */
function ratiosOf({ areas }: RunRecord): [name: string, figure: Figure][] {
  return areas.flatMap(({ area, figures }) =>
    figures
      .filter(({ kind, role }) => kind === "ratio" && role === "ours")
      .map((figure): [string, Figure] => [`${area}: ${figureKey(figure)}`, figure]),
  );
}
