// Measures the packages, each beside other ways to do the same work:
//   pnpm bench [area…] [--quick | --full] [--only <bench>] [--write] [--check] [--html <file>] [--profile <folder>]
//   pnpm bench --draw <file>: what was kept last of every area, as a page
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@motte/core/clock";
import { environmentOf } from "../packages/cli/src/bench/environment.ts";
import type { RunRecord } from "../packages/cli/src/bench/run-record.ts";
import { AREAS } from "./areas.ts";
import { type BenchCall, benchCall } from "./harness/call.ts";
import { printCheck } from "./harness/check.ts";
import { append, allRuns, keptRuns } from "./harness/history.ts";
import { readReferences, writeReferences } from "./harness/reference.ts";
import { writeReport } from "./harness/report.ts";
import { runAreaApart } from "./harness/run-area.ts";

const call = benchCall(process.argv.slice(2), AREAS);
if (typeof call === "string") {
  process.stderr.write(`${call}\n`);
  process.exitCode = 2;
} else {
  process.exitCode = call.drawOnly ? await draw(call) : await bench(call);
}

async function draw({ html }: BenchCall): Promise<number> {
  const runs = await keptRuns();
  const run = latestOf(runs);
  if (run === undefined) {
    process.stderr.write("No run was kept yet: pnpm bench --write keeps one\n");
    return 1;
  }
  await writeReport(html, run, runs);
  return 0;
}

/** The newest run, with what earlier ones found of the areas that it left out. */
function latestOf(runs: readonly RunRecord[]): RunRecord | undefined {
  const last = runs.at(-1);
  if (last === undefined) return undefined;
  const areas = AREAS.flatMap(({ name }) => {
    const found = runs.flatMap((run) => run.areas).findLast(({ area }) => area === name);
    return found === undefined ? [] : [found];
  });
  return { ...last, areas };
}

async function bench({
  areas,
  mode,
  only,
  write,
  check,
  html,
  profile,
}: BenchCall): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "motte-bench-"));
  try {
    const at = new Date(systemClock.now()).toISOString();
    const environment = await environmentOf(folder);
    const found = [];
    for (const { name } of areas) {
      found.push(await runAreaApart({ name, mode, only, write, profile, folder, environment }));
    }
    const run: RunRecord = { bench: "motte", version: 1, at, mode, environment, areas: found };
    await append(run, { kept: write });
    if (html !== undefined) await writeReport(html, run, await allRuns());
    const held = check ? printCheck(run, await readReferences()) : true;
    if (write) {
      await writeReferences(mode, await keptRuns());
      // A part of a run is no picture of the whole, and a first look none of the parts.
      if (areas.length === AREAS.length && mode !== "quick")
        await writeReport(undefined, run, await keptRuns());
    }
    return held ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
