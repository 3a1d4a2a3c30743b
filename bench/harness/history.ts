import { appendFile, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { hasCode } from "@motte/core/errors";
import type { RunRecord } from "../../packages/cli/src/bench/run-record.ts";

const FOLDER = fileURLToPath(new URL("../results/history/", import.meta.url));
/** Every run of this machine; git leaves it alone. */
const LOCAL = "local.ndjson";
/** Those that were written into the results. */
const KEPT = "runs.ndjson";

/** Appends a run, as one line. One that is kept is part of the repository. */
export async function append(run: RunRecord, { kept }: { readonly kept: boolean }): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  await appendFile(join(FOLDER, kept ? KEPT : LOCAL), `${JSON.stringify(run)}\n`);
}

/** The runs that are part of the repository, oldest first. */
export async function keptRuns(): Promise<RunRecord[]> {
  return readRuns(join(FOLDER, KEPT));
}

/** All runs that this machine knows, oldest first. */
export async function allRuns(): Promise<RunRecord[]> {
  const runs = [...(await keptRuns()), ...(await readRuns(join(FOLDER, LOCAL)))];
  return runs.toSorted((a, b) => (a.at < b.at ? -1 : 1));
}

async function readRuns(file: string): Promise<RunRecord[]> {
  try {
    const lines = (await readFile(file, "utf8")).split("\n").filter((line) => line !== "");
    return lines.map((line) => JSON.parse(line) as RunRecord);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return [];
    throw error;
  }
}
