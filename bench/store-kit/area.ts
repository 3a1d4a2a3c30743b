// What the stores cost beside the least that the same work can cost.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Figure as AreaFigure } from "../../packages/cli/src/bench/figure.ts";
import { shown } from "../../packages/cli/src/bench/report/numbers.ts";
import { summarized } from "../../packages/cli/src/bench/statistics.ts";
import type { Area, AreaContext } from "../harness/area.ts";
import { chart } from "./chart.ts";
import { coldReads } from "./cold-reads.ts";
import type { Figure } from "./figure.ts";
import { firstLevelHits } from "./first-level-hits.ts";
import { flatHeap } from "./flat-heap.ts";
import { history } from "./history.ts";
import { stampede } from "./stampede.ts";
import { sweep } from "./sweep.ts";

interface Row {
  readonly measure: (folder: string) => Promise<readonly Figure[]>;
  /** How often it is done. Not at all in a quick run is 0. */
  readonly repeats: Readonly<Record<AreaContext["mode"], number>>;
}

const SHORT = { quick: 2, normal: 3, full: 5 };
// What waits for a disk is never twice the same.
const DISK = { quick: 0, normal: 3, full: 5 };
const LONG = { quick: 0, normal: 1, full: 3 };
const ROWS: Readonly<Record<string, Row>> = {
  firstLevelHits: { measure: firstLevelHits, repeats: SHORT },
  coldReads: { measure: coldReads, repeats: SHORT },
  stampede: { measure: stampede, repeats: SHORT },
  history: { measure: history, repeats: DISK },
  sweep: { measure: sweep, repeats: DISK },
  flatHeap: { measure: flatHeap, repeats: LONG },
};

export const storeKit: Area = {
  name: "store-kit",
  title: "Store kit",
  about:
    "Caches and message stores, each beside the least that the same work can cost or beside other ways to do it.",
  durability: "what SQLite's WAL with synchronous = NORMAL keeps: survives a killed process",
  benches: Object.keys(ROWS),
  async run({ mode, folder, only, print }) {
    const figures: Figure[] = [];
    const all: AreaFigure[] = [];
    for (const [name, { measure, repeats }] of Object.entries(ROWS)) {
      if (only !== undefined && only !== name) continue;
      const times = only === undefined ? repeats[mode] : Math.max(1, repeats[mode]);
      const repeated: Figure[][] = [];
      for (let time = 0; time < times; time++) {
        const where = join(folder, `${name}-${time}`);
        await mkdir(where);
        repeated.push([...(await measure(where))]);
      }
      const [first = []] = repeated;
      for (const [index, figure] of first.entries()) {
        const values = repeated.flatMap((each) => each[index]?.measured ?? []);
        const found = { ...figure, measured: summarized(values).median };
        figures.push(found);
        all.push(...figuresOf(found, values));
        printFigure(found, print);
      }
    }
    return { figures: all, detail: { figures }, svg: chart(figures) };
  },
};

function printFigure(
  { what, measured, unit, goal, beside = [] }: Figure,
  print: AreaContext["print"],
): void {
  const verdict = goal === undefined ? "      " : measured <= goal ? "met   " : "MISSED";
  print(`${verdict}  ${what}: ${shown(measured)} ${unit}${goal === undefined ? "" : ` (${goal})`}`);
  for (const one of beside) print(`          ${one.name}: ${shown(one.value)} ${one.unit}`);
}

/** The figure itself, and beside what it was measured, in a chart of their own. */
function figuresOf(
  { what, measured, unit, goal, beside = [] }: Figure,
  values: readonly number[],
): AreaFigure[] {
  return [
    {
      group: unit === "x" ? "Beside the least that the work can cost" : what,
      name: what,
      kind: unit === "x" ? "ratio" : "measure",
      unit,
      value: measured,
      better: "less",
      spread: summarized(values).spread,
      rounds: values.length,
      role: "ours",
      ...(goal === undefined ? {} : { goal }),
    },
    ...beside.map((one): AreaFigure => {
      return {
        group: what,
        name: one.name,
        kind: "measure",
        unit: one.unit,
        value: one.value,
        better: "less",
        spread: 0,
        rounds: 1,
        role: /^(?:raw|prepared|the rows)/.test(one.name)
          ? "limit"
          : /WABotJS|keyv/.test(one.name)
            ? "other"
            : "ours",
      };
    }),
  ];
}
