import { shown } from "../../packages/cli/src/bench/report/numbers.ts";
import type { RunRecord } from "../../packages/cli/src/bench/run-record.ts";
import { print } from "./print.ts";
import { type Comparison, type References, compared } from "./reference.ts";

/** Prints what became of every ratio, and gives back whether all have held. */
export function printCheck(run: RunRecord, references: References): boolean {
  const { comparisons, unknown, missing } = compared(run, references);
  const lost = comparisons.filter(({ verdict }) => verdict === "lost");
  print("");
  for (const each of lost) print(`LOST  ${words(each)}`);
  for (const name of missing) print(`not measured  ${name}`);
  for (const name of unknown) print(`no reference  ${name}`);
  const held = comparisons.length - lost.length;
  print(`${held} of ${comparisons.length} ratios hold, beside what they were in ${run.mode} runs`);
  if (comparisons.length === 0) print("There is no reference yet: pnpm bench --write makes one");
  return lost.length === 0;
}

function words({ name, now, before, tolerance, worse }: Comparison): string {
  return `${name}: ${shown(now)}x after ${shown(before.value)}x, ${percent(worse)} worse where ${percent(tolerance)} may be chance`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
