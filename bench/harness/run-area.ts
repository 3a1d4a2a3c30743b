// Each area has a process of its own: what one leaves in the heap, or still runs, must not be another's.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "@motte/core/clock";
import type { Environment } from "../../packages/cli/src/bench/environment.ts";
import type { AreaResult } from "../../packages/cli/src/bench/figure.ts";
import type { Mode } from "../../packages/cli/src/bench/run-record.ts";
import type { Area } from "./area.ts";
import { print } from "./print.ts";

export interface AreaCall {
  readonly name: string;
  readonly mode: Mode;
  readonly only: string | undefined;
  readonly write: boolean;
  readonly profile: string | undefined;
  readonly folder: string;
  readonly environment: Environment;
}

const PROGRAM = fileURLToPath(new URL("area-process.ts", import.meta.url));
const RESULTS = fileURLToPath(new URL("../results/", import.meta.url));

/** Runs an area in a process of its own, which prints as it goes. */
export async function runAreaApart(call: AreaCall): Promise<AreaResult> {
  const { name, profile } = call;
  const flags = profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile}`];
  const child = fork(PROGRAM, { execArgv: [...process.execArgv, ...flags] });
  let result: AreaResult | undefined;
  child.on("message", (message: AreaResult) => {
    result = message;
  });
  const closed = once(child, "exit");
  child.send(call);
  const [code] = (await closed) as [number | null];
  if (code !== 0 || result === undefined) throw new Error(`The area ${name} failed (${code})`);
  return result;
}

/** Runs an area here, and writes its results where that is wanted. */
export async function runArea(
  { name, title, about, durability, run }: Area,
  { mode, only, write, folder: parent, environment }: AreaCall,
): Promise<AreaResult> {
  const folder = join(parent, name);
  await mkdir(folder);
  print(`\n== ${title} (${mode}) ==`);
  const startedMs = systemClock.monotonic();
  try {
    const {
      figures,
      detail,
      svg,
      write: writeMore,
    } = await run({
      mode,
      folder,
      environment,
      only,
      print,
    });
    const tookMs = systemClock.monotonic() - startedMs;
    print(`\n${name}: took ${(tookMs / 1_000).toFixed(1)} s`);
    // A first look says enough to be compared with another one, and not more.
    if (write && mode !== "quick") {
      const json = JSON.stringify({ machine: environment, mode, ...detail }, null, 2);
      await writeFile(join(RESULTS, `${name}.json`), `${json}\n`);
      if (svg !== undefined) await writeFile(join(RESULTS, `${name}.svg`), svg);
      await writeMore?.();
      print(`written to ${RESULTS}`);
    }
    return { area: name, title, about, durability, tookMs, figures };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
