import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { page } from "../../packages/cli/src/bench/report/page.ts";
import type { RunRecord } from "../../packages/cli/src/bench/run-record.ts";
import { print } from "./print.ts";

const KEPT = fileURLToPath(new URL("../results/report.html", import.meta.url));

/** Writes a run as one page, into the results where no other file is named. */
export async function writeReport(
  file: string | undefined,
  run: RunRecord,
  history: readonly RunRecord[],
): Promise<void> {
  const html = page({
    title: "Motte benchmarks",
    about:
      "What the packages cost beside other ways to do the same work, in the same run. Read the ratios: the times are those of one machine.",
    run,
    history,
  });
  await writeFile(file ?? KEPT, html);
  print(`\nreport: ${file ?? KEPT}`);
}
