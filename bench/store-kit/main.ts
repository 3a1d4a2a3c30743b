// What the stores cost beside the least that the same work can cost:
//   pnpm bench:store-kit [--only <row>] [--write]
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { machine } from "../machine.ts";
import { chart } from "./chart.ts";
import type { Figure } from "./figure.ts";
import { coldReads } from "./cold-reads.ts";
import { firstLevelHits } from "./first-level-hits.ts";
import { flatHeap } from "./flat-heap.ts";
import { history } from "./history.ts";
import { stampede } from "./stampede.ts";
import { sweep } from "./sweep.ts";

const RESULTS = fileURLToPath(new URL("../results/", import.meta.url));
const ROWS = { firstLevelHits, coldReads, stampede, history, sweep, flatHeap };

const { values: options } = parseArgs({
  options: { only: { type: "string" }, write: { type: "boolean", default: false } },
});
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const ranOn = machine();
const folder = await mkdtemp(join(tmpdir(), "motte-bench-"));
const figures: Figure[] = [];
try {
  for (const [name, measure] of Object.entries(ROWS)) {
    if (options.only !== undefined && options.only !== name) continue;
    for (const figure of await measure(folder)) {
      figures.push(figure);
      const { what, measured, unit, goal, beside = [] } = figure;
      const verdict = goal === undefined ? "      " : measured <= goal ? "met   " : "MISSED";
      print(
        `${verdict}  ${what}: ${show(measured)} ${unit}${goal === undefined ? "" : ` (${goal})`}`,
      );
      for (const one of beside) print(`          ${one.name}: ${show(one.value)} ${one.unit}`);
    }
  }
  if (options.write && options.only === undefined) {
    const result = { machine: ranOn, figures };
    await writeFile(join(RESULTS, "store-kit.json"), `${JSON.stringify(result, undefined, 2)}\n`);
    await writeFile(join(RESULTS, "store-kit.svg"), chart(figures));
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
// Baileys leaves timers behind.
process.exit();

function show(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
