import { rename, rm, stat, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { newOwner } from "@motte/auth-stores";
import { UsageError } from "@motte/core/errors";
import { systemRandom } from "@motte/core/random";
import type { MockServer } from "@motte/mock-server";
import { claimReadyFile, contentOf } from "./claim-ready-file.ts";

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

/**
 * Writes where the server is as one line of JSON. Dispose it to remove the file.
 *
 * Throws a `UsageError` when the file is that of a server that is running, or something else; the one that a killed server
 * has left is replaced.
 */
export async function readyFile(path: string, readiness: Readiness): Promise<AsyncDisposable> {
  const content = JSON.stringify({ ...readiness, owner: newOwner(systemRandom) });
  return temporaryFile(path, `${content}\n`, claimReadyFile);
}

/** Puts a whole file where the name says. */
type PutInPlace = (unfinished: string, file: string) => Promise<void>;

/** Writes a file that is either not there or whole. Throws a `UsageError`; dispose it to remove the file. */
export async function temporaryFile(
  path: string,
  content: string,
  putInPlace: PutInPlace = rename,
): Promise<AsyncDisposable> {
  const file = resolve(path);
  const unfinished = `${file}.${process.pid}`;
  await assertPlain(file);
  try {
    await writeFile(unfinished, content);
    await putInPlace(unfinished, file);
  } catch (cause) {
    await rm(unfinished, { force: true });
    if (cause instanceof UsageError) throw cause;
    throw new UsageError(
      "USAGE_UNREADABLE_PATH",
      `The file ${file} cannot be written: name one in an existing folder that this user may write to`,
      { cause },
    );
  }
  return { [Symbol.asyncDispose]: () => removeOwn(file, content) };
}

/** Somebody may have removed the file, and another server may have put its own there. */
async function removeOwn(file: string, content: string): Promise<void> {
  if ((await contentOf(file)) === content) await rm(file, { force: true });
}

/** What is no file, such as /dev/null, would be replaced by one. */
async function assertPlain(file: string): Promise<void> {
  try {
    if ((await stat(file)).isFile()) return;
  } catch (error) {
    // Not there, or writing it says what is wrong with the place.
    if (error instanceof Error && "syscall" in error) return;
    throw error;
  }
  throw new UsageError("USAGE_UNREADABLE_PATH", `${file} is there and no file: name a new one`);
}
