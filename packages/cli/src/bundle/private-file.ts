import { constants, existsSync } from "node:fs";
import { access, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { UsageError } from "@motte/core/errors";

// Behind the file's own name, so that it is in the same file system and can take its place in one step.
const UNFINISHED = ".part";
/** More than a million records; what is larger is no bundle, and would fill the memory. */
const LARGEST = 2 ** 30;

/** Throws a `UsageError` unless a file of this name can be made. */
export async function assertNewFile(path: string): Promise<void> {
  const file = resolve(path);
  if (existsSync(file)) {
    throw unusable(`${path} is there already: name a new file, nothing is written over`);
  }
  const folder = dirname(file);
  try {
    if (!(await stat(folder)).isDirectory()) throw unusable(`${folder} is not a folder`);
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw unusable(`${folder} is no folder that this user may write to: name another`, cause);
  }
}

/**
 * Writes a file that only this user may read (mode 0600). It appears under its name when it is whole, on the disk, and
 * `check` has found nothing wrong with what was read back; else nothing is left.
 */
export async function writePrivateFile(
  path: string,
  bytes: Uint8Array,
  check: (readBack: Uint8Array) => Promise<void>,
): Promise<void> {
  try {
    await writeChecked(path, bytes, check);
  } catch (error) {
    // What the system says of the file: a full disk, a name that is too long.
    if (!(error instanceof Error && "syscall" in error)) throw error;
    throw unusable(
      `${path} cannot be written (${error.message}), and nothing of it is left: free space, or name another place`,
      error,
    );
  }
}

async function writeChecked(
  path: string,
  bytes: Uint8Array,
  check: (readBack: Uint8Array) => Promise<void>,
): Promise<void> {
  const unfinished = `${resolve(path)}.${process.pid}${UNFINISHED}`;
  const file = await open(unfinished, "wx", 0o600);
  try {
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await check(await readFile(unfinished));
    await assertNewFile(path);
    await rename(unfinished, resolve(path));
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

/** What a file holds. Throws a `UsageError` for one that cannot be read. */
export async function readWholeFile(path: string): Promise<Uint8Array> {
  try {
    const found = await stat(path);
    if (!found.isFile()) throw unusable(`${path} is not a file: name a bundle of motte export`);
    if (found.size > LARGEST) {
      throw unusable(`${path} is too large for a bundle: name one of motte export`);
    }
    return await readFile(path);
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw unusable(`${path} cannot be read: name a bundle that this user may read`, cause);
  }
}

function unusable(message: string, cause?: unknown): UsageError {
  return new UsageError("USAGE_UNREADABLE_PATH", message, { cause });
}
