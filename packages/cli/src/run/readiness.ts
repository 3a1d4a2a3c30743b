import { rename, rm, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { UsageError } from "@motte/core/errors";
import type { MockServer } from "@motte/mock-server";

/** Where a running server is, for other programs: one line of JSON. */
export function readinessLine(server: MockServer, caFile: string): string {
  const { url, secureUrl, host, port, seed } = server;
  return JSON.stringify({
    url,
    secureUrl,
    adminUrl: `http://${host}:${port}/admin`,
    port,
    seed,
    caFile,
  });
}

/** Writes a file that is either not there or whole. Throws a `UsageError`; dispose it to remove the file. */
export async function readyFile(path: string, line: string): Promise<AsyncDisposable> {
  const file = resolve(path);
  const unfinished = `${file}.${process.pid}`;
  try {
    await writeFile(unfinished, `${line}\n`);
    await rename(unfinished, file);
  } catch (cause) {
    await rm(unfinished, { force: true });
    throw new UsageError(
      "USAGE_UNREADABLE_PATH",
      `The ready file ${file} cannot be written: name a file in an existing folder that this user may write to`,
      { cause },
    );
  }
  return { [Symbol.asyncDispose]: () => rm(file, { force: true }) };
}
