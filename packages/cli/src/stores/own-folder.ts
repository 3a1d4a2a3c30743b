import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { isOwnerKnownDead, newOwner } from "@motte/auth-stores";
import type { CleanupStack } from "@motte/core/cleanup";
import { UsageError, hasCode } from "@motte/core/errors";
import { systemRandom } from "@motte/core/random";
import { type StoreName, hasPath } from "./store-name.ts";

/** Who makes a folder of its own, by what it is called. */
const PREFIXES = {
  bench: ".motte-bench-",
  repair: ".motte-repair-",
  migrate: ".motte-migrate-",
  look: ".motte-look-",
} as const;
/** Says which process the folder is of. */
const OWNER = "owner";

/** The folder that the first of the stores with a path is in, or will be. */
export function folderFor(names: readonly StoreName[]): string {
  const first = names.find(hasPath);
  return first === undefined ? tmpdir() : dirname(resolve(first.place));
}

/** Makes a folder that only this user may read, removed with all it holds. Removes those that killed runs have left. */
export async function ownFolder(
  parent: string,
  cleanup: CleanupStack,
  whose: keyof typeof PREFIXES,
): Promise<string> {
  await removeLeftovers(parent, PREFIXES[whose]);
  const folder = await made(parent, whose);
  // A handle that is slow to close may leave a file while others are removed.
  cleanup.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  await writeFile(join(folder, OWNER), newOwner(systemRandom));
  return folder;
}

async function made(parent: string, whose: keyof typeof PREFIXES): Promise<string> {
  try {
    return await mkdtemp(join(parent, PREFIXES[whose]));
  } catch (cause) {
    throw new UsageError(
      "USAGE_UNREADABLE_PATH",
      `A folder of its own is needed in ${parent}, and none can be made there: let this user write to it`,
      { cause },
    );
  }
}

async function removeLeftovers(parent: string, prefix: string): Promise<void> {
  for (const name of await namesIn(parent)) {
    if (!name.startsWith(prefix)) continue;
    const owner = await ownerOf(join(parent, name));
    if (owner === undefined || !isOwnerKnownDead(owner)) continue;
    await rm(join(parent, name), { recursive: true, force: true });
  }
}

/** None for a folder that is not there, or that cannot be listed: then nothing can be made in it either, or hides in it. */
async function namesIn(parent: string): Promise<readonly string[]> {
  try {
    return await readdir(parent);
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EACCES"].some((code) => hasCode(error, code))) return [];
    throw error;
  }
}

/** `undefined` for a folder of nobody, or of another user. */
async function ownerOf(folder: string): Promise<string | undefined> {
  try {
    return await readFile(join(folder, OWNER), "utf8");
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EACCES"].some((code) => hasCode(error, code))) return undefined;
    throw error;
  }
}
