import { access, constants, stat, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { systemClock } from "@motte/core/clock";
import { UsageError } from "@motte/core/errors";
import type { AreaEntry, AreaOptions } from "./area.ts";
import { environmentOf } from "./environment.ts";
import { page } from "./report/page.ts";
import type { RunRecord } from "./run-record.ts";

/** Measures one area. Throws a `UsageError` before anything is changed. */
export async function runBench(
  entry: AreaEntry,
  options: AreaOptions,
  html: string | undefined,
): Promise<RunRecord> {
  const area = await entry.load();
  await area.check(options);
  if (html !== undefined) await assertWritable(html);
  const environment = await environmentOf(area.folder(options));
  const at = new Date(systemClock.now()).toISOString();
  const startedMs = systemClock.monotonic();
  // Making what is measured takes its time, too.
  options.output.live?.show("preparing");
  const result = await area.run(options).finally(() => options.output.live?.clear());
  const tookMs = systemClock.monotonic() - startedMs;
  const run: RunRecord = {
    bench: "motte",
    version: 1,
    at,
    mode: options.quick ? "quick" : "normal",
    environment,
    areas: [{ area: entry.name, ...result, tookMs }],
  };
  if (html !== undefined) {
    const title = `motte bench ${entry.name}`;
    const about =
      "What your machine and your stores reach. Read the ratios: the rates are those of this machine at this time.";
    await writeFile(html, page({ title, about, run }));
  }
  return run;
}

async function assertWritable(file: string): Promise<void> {
  const folder = dirname(resolve(file));
  try {
    await access(folder, constants.W_OK);
    if (!(await isFolder(file))) return;
  } catch (cause) {
    throw unwritable(file, cause);
  }
  throw unwritable(file);
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() === true;
}

function unwritable(file: string, cause?: unknown): UsageError {
  return new UsageError(
    "USAGE_UNREADABLE_PATH",
    `The file ${resolve(file)} cannot be written: name one in an existing folder that this user may write to`,
    cause === undefined ? {} : { cause },
  );
}
