import { access, constants, copyFile, mkdir, realpath, stat, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative, sep } from "node:path";
import type { AuthBackend } from "@motte/auth-stores";
import type { CleanupStack } from "@motte/core/cleanup";
import { UsageError, hasCode } from "@motte/core/errors";
import { type DiskFacts, storeFiles } from "../doctor/facts/disk.ts";
import { type OpenStoreOptions, assertThere, openStore } from "./open-store.ts";
import { folderFor, ownFolder } from "./own-folder.ts";
import { shownAs } from "./shown-as.ts";
import { type StoreName, assertOwn, hasPath } from "./store-name.ts";

// Beside a database SQLite has its log, which belongs to what is in it, and the index of that, which it makes anew.
const [LOG, INDEX] = ["-wal", "-shm"];
// Somebody who writes all the while has the session open, and has it open in the copy as well.
const TRIES = 3;

/**
 * Opens a store for whoever has to leave it as it is, byte for byte: opening one takes its lease, empties its log and brings
 * in its journal. One on a disk is copied into `folder` first, with only the session that the name picks where each has files
 * of its own.
 *
 * Throws a `UsageError` for one that is not there, or that this user may not read.
 */
export async function openUntouched(
  name: StoreName,
  folder: string,
  options: OpenStoreOptions = {},
): Promise<AuthBackend> {
  assertOwn(name);
  if (!hasPath(name)) return openStore(name, "refuse", { ...options, readOnly: true });
  await assertThere(name);
  const place = await realpath(name.place);
  const copy = join(folder, basename(place));
  for (let tries = 1; ; tries++) {
    const before = await standing(place);
    const files = await storeFiles({ ...name, place });
    if (files !== undefined) await copyFiles(chosen(files, name), dirname(place), folder);
    if (tries === TRIES || (await standing(place)) === before) break;
  }
  const copied = await openStore({ ...name, place: copy }, "refuse", options);
  const { kind, location } = copied;
  return shownAs(copied, { kind, location: location.replace(await realpath(copy), () => place) });
}

/** A folder for copies of a store: beside it, or where this user may not make one, where all have theirs. */
export async function untouchedFolder(
  name: StoreName,
  cleanup: CleanupStack,
  whose: Parameters<typeof ownFolder>[2],
): Promise<string> {
  const beside = folderFor([name]);
  const isTheirs = await access(beside, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  return ownFolder(isTheirs ? beside : tmpdir(), cleanup, whose);
}

/** When a database and its log were last written to. Of a folder it says little, but that has its own journal. */
async function standing(place: string): Promise<string> {
  const times = [place, place + LOG].map(async (path) => {
    const found = await stat(path).catch((error: unknown) => {
      if (hasCode(error, "ENOENT")) return undefined;
      throw error;
    });
    return `${found?.size} ${found?.mtimeMs}`;
  });
  return (await Promise.all(times)).join();
}

/** The paths of the files to copy. */
function chosen(
  { entries, sessionFolders, root }: DiskFacts,
  { sessionId }: StoreName,
): readonly string[] {
  const session = sessionFolders.find((folder) => folder.sessionId === sessionId);
  const within = session === undefined || session.path === root ? root : session.path + sep;
  return entries
    .filter(({ isFolder, path }) => !isFolder && path.startsWith(within) && !path.endsWith(INDEX))
    .map(({ path }) => path);
}

async function copyFiles(paths: readonly string[], root: string, folder: string): Promise<void> {
  for (const path of paths) {
    const copy = join(folder, relative(root, path));
    try {
      await mkdir(dirname(copy), { recursive: true, mode: 0o700 });
      await copyFile(path, copy);
      // A session of Baileys alone goes by the times of its files.
      const { atime, mtime } = await stat(path);
      await utimes(copy, atime, mtime);
    } catch (cause) {
      // Whoever has it open has put it away, as with a log.
      if (hasCode(cause, "ENOENT")) continue;
      throw new UsageError(
        "USAGE_UNREADABLE_PATH",
        `${path} cannot be copied to ${folder}, where it is to be looked at: see that this user may read it, and that the disk has room`,
        { cause },
      );
    }
  }
}
