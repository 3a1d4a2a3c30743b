import { access, constants, mkdir, readdir, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import type { AuthBackend } from "@motte/auth-stores";
import type { CleanupStack } from "@motte/core/cleanup";
import { UsageError, hasCode } from "@motte/core/errors";
import { type DiskFacts, storeFiles } from "../doctor/facts/disk.ts";
import { FileCopies } from "./file-copies.ts";
import { type OpenStoreOptions, assertThere, openStore } from "./open-store.ts";
import { folderFor, ownFolder } from "./own-folder.ts";
import { shownAs } from "./shown-as.ts";
import { copySteadily } from "./steady-copy.ts";
import { type StoreName, assertOwn, hasPath } from "./store-name.ts";

/** What of a store is copied: all, or of a folder only what says how its sessions stand, and none of their records. */
export type CopiedPart = "all" | "standing";

export interface OpenUntouchedOptions extends OpenStoreOptions {
  /** @defaultValue `"all"` */
  readonly part?: CopiedPart;
}

/**
 * Opens a store for whoever has to leave it as it is, byte for byte: opening one takes its lease, empties its log and brings
 * in its journal. One on a disk is copied into `folder` first, with only the session that the name picks where each has files
 * of its own. What a bot writes meanwhile is in the copy as a whole or not at all.
 *
 * Throws a `UsageError` for one that is not there, or that this user may not read, and `AUTH_STORE_IN_USE` for a folder that
 * is written to faster than it can be copied.
 */
export async function openUntouched(
  name: StoreName,
  folder: string,
  { part = "all", ...options }: OpenUntouchedOptions = {},
): Promise<AuthBackend> {
  assertOwn(name);
  if (!hasPath(name)) return openStore(name, "refuse", { ...options, readOnly: true });
  await assertThere(name);
  const place = await realpath(name.place);
  const copy = join(folder, basename(place));
  if (name.kind !== "sqlite") await assertReadable(place, name);
  const files = async (): Promise<DiskFacts | undefined> => {
    const found = await storeFiles({ ...name, place });
    return found && chosen(found, name, part);
  };
  await copySteadily({ place, copy, files, copies: new FileCopies(dirname(place), folder) });
  // Of a folder without sessions there was nothing to copy.
  if (name.kind !== "sqlite") await mkdir(copy, { recursive: true, mode: 0o700 });
  const copied = await openStore({ ...name, place: copy }, "refuse", options);
  const { kind, location } = copied;
  const copyPath = await realpath(copy);
  return shownAs(copied, { kind, location: location.replace(copyPath, () => place) });
}

/** What this user may not enter would be passed over as if it were empty. */
async function assertReadable(place: string, { kind }: StoreName): Promise<void> {
  const rights = constants.R_OK | constants.X_OK;
  let path = place;
  try {
    await access(path, rights);
    if (kind !== "files") return;
    for (const entry of await readdir(place, { withFileTypes: true })) {
      path = join(place, entry.name);
      if (entry.isDirectory()) await access(path, rights);
    }
  } catch (cause) {
    if (hasCode(cause, "ENOENT")) return;
    throw new UsageError(
      "USAGE_UNREADABLE_PATH",
      `This user may not read the folder ${path}: run as the user whose store it is`,
      { cause },
    );
  }
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

/** The session that a name picks, where each has files of its own, and of it the part that is asked for. */
function chosen(facts: DiskFacts, { sessionId }: StoreName, part: CopiedPart): DiskFacts {
  const { sessionFolders: all, root } = facts;
  const session = all.find((folder) => folder.sessionId === sessionId);
  const sessionFolders = session === undefined || session.path === root ? all : [session];
  const left = all.filter((folder) => !sessionFolders.includes(folder));
  const entries = facts.entries.filter(
    ({ path }) =>
      !left.some((folder) => path.startsWith(join(folder.path, "/"))) &&
      (part === "all" || sessionFolders.length === 0 || saysHowItStands(path, sessionFolders)),
  );
  return { ...facts, sessionFolders, entries };
}

// The lease, the name and the marks of a session, and what of them is still to be brought in.
const STANDING = [
  "creds.json",
  ".auth-store/meta.json",
  ".auth-store/lock/",
  ".auth-store/journal/",
];

function saysHowItStands(path: string, folders: DiskFacts["sessionFolders"]): boolean {
  return folders.some((folder) =>
    STANDING.some((name) => path.startsWith(join(folder.path, name))),
  );
}
