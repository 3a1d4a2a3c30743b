import { rename, rm, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { UsageError } from "@motte/core/errors";
import type { MockServer } from "@motte/mock-server";

/** Where a running server is, for other programs. */
export interface Readiness {
  readonly url: string;
  readonly secureUrl: string;
  readonly adminUrl: string;
  readonly port: number;
  readonly seed: string;
  /** The certificate that clients over TLS have to trust. */
  readonly caFile: string | undefined;
}

export function readinessOf(server: MockServer, caFile: string | undefined): Readiness {
  const { url, secureUrl, host, port, seed } = server;
  return { url, secureUrl, adminUrl: `http://${host}:${port}/admin`, port, seed, caFile };
}

/** Writes where the server is as one line of JSON. Throws a `UsageError`; dispose it to remove the file. */
export function readyFile(path: string, readiness: Readiness): Promise<AsyncDisposable> {
  return temporaryFile(path, `${JSON.stringify(readiness)}\n`);
}

/** Writes a file that is either not there or whole. Throws a `UsageError`; dispose it to remove the file. */
export async function temporaryFile(path: string, content: string): Promise<AsyncDisposable> {
  const file = resolve(path);
  const unfinished = `${file}.${process.pid}`;
  try {
    await writeFile(unfinished, content);
    await rename(unfinished, file);
  } catch (cause) {
    await rm(unfinished, { force: true });
    throw new UsageError(
      "USAGE_UNREADABLE_PATH",
      `The file ${file} cannot be written: name one in an existing folder that this user may write to`,
      { cause },
    );
  }
  return { [Symbol.asyncDispose]: () => rm(file, { force: true }) };
}
