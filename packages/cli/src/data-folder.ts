import { constants } from "node:fs";
import { access, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { UsageError, hasCode } from "@motte/core/errors";

export interface DataFolder {
  readonly path: string;
  /** Removes the folder when it was made in the system's temporary folder, keeps it when the caller named the place. */
  release(): Promise<void>;
}

/** A new, empty folder: inside `parent` when one is named, else in the system's temporary folder. */
export async function newDataFolder(parent: string | undefined): Promise<DataFolder> {
  if (parent === undefined) {
    const path = await mkdtemp(join(tmpdir(), "motte-"));
    return { path, release: () => rm(path, { recursive: true, force: true }) };
  }
  const folder = resolve(parent);
  await assertUsableFolder(folder);
  return { path: await mkdtemp(join(folder, "motte-")), release: async () => {} };
}

async function assertUsableFolder(folder: string): Promise<void> {
  const refuse = (problem: string, cause?: unknown): UsageError =>
    new UsageError(
      "USAGE_UNREADABLE_PATH",
      `The data folder ${folder} ${problem}: name an existing folder that this user may read and write`,
      { cause },
    );
  try {
    if (!(await stat(folder)).isDirectory()) throw refuse("is not a folder");
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    if (hasCode(error, "ENOENT")) throw refuse("does not exist", error);
    if (hasCode(error, "EACCES")) throw refuse("cannot be read or written", error);
    if (hasCode(error, "EROFS")) throw refuse("is on a read-only file system", error);
    if (hasCode(error, "ENOTDIR")) throw refuse("is not a folder", error);
    throw error;
  }
}
