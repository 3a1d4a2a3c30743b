import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { AuthStoreError } from "@motte/auth-stores";
import { type Clock, systemClock } from "@motte/core/clock";
import { hasCode } from "@motte/core/errors";
import { openSqlite } from "@motte/core/sqlite";
import type { DiskFacts } from "../doctor/facts/disk.ts";
import type { FileCopies } from "./file-copies.ts";

// Beside a database SQLite has its log, which belongs to what is in it, and the index of that, which it makes anew.
const [LOG, INDEX] = ["-wal", "-shm"];
const JOURNAL = join(".auth-store", "journal");
const TRIES = 10;
// Longer than the ticks that file systems tell the time of a change in, so that two changes do not look like one.
const SETTLE_MS = 20;

export interface SteadyCopy {
  /** The real path of the store. */
  readonly place: string;
  /** Where its copy is to be. */
  readonly copy: string;
  /** What there is to copy, as often as it is asked; `undefined` for what is no store on a disk. */
  readonly files: () => Promise<DiskFacts | undefined>;
  readonly copies: Pick<FileCopies, "update">;
}

/**
 * Copies a store on a disk as it was at one moment, while a bot may be writing to it.
 *
 * Throws `AUTH_STORE_IN_USE` for a folder that changes all the while. A database can always be copied.
 */
export async function copySteadily(wanted: SteadyCopy, clock: Clock = systemClock): Promise<void> {
  const { place, copy, files, copies } = wanted;
  for (let tries = 1; tries <= TRIES; tries++) {
    const found = await files();
    if (found === undefined) return;
    const before = await standing(found);
    await clock.sleep(SETTLE_MS);
    if ((await standing(found)) !== before) continue;
    const hasChanged = await copies.update(pathsOf(found));
    // Baileys alone writes its files in place and has no journal: they are whole when nothing changes any more.
    const isWhole = (await hasOnlyJournaled(found)) || !hasChanged;
    const now = await files();
    if (isWhole && now !== undefined && (await standing(now)) === before) return;
  }
  const found = await files();
  if (found === undefined || !isDatabase(found)) throw changing(place);
  await copyThroughSqlite(place, copy);
}

/** The files to copy, journals last. */
function pathsOf({ entries }: DiskFacts): readonly string[] {
  const paths = entries
    .filter(({ isFolder, path }) => !isFolder && !path.endsWith(INDEX))
    .map(({ path }) => path);
  // A commit is in the journal first and in its files later: with every journal since the first file was copied, whatever
  // the files lack or have too early is put right when the copy is opened.
  return paths.toSorted((one, other) => Number(isJournal(one)) - Number(isJournal(other)));
}

// A store that is a folder is in none but itself.
const isDatabase = ({ root, folder }: DiskFacts): boolean => root !== folder;

const isJournal = (path: string): boolean => path.includes(JOURNAL);

/**
 * Of a database, when it and its log were last written to. Of folders, which journals there are and when one last came or went:
 * for as long as that is the same, no commit can be in the files and no longer in a journal.
 */
async function standing(facts: DiskFacts): Promise<string> {
  const { root, sessionFolders } = facts;
  if (isDatabase(facts)) return (await Promise.all([root, root + LOG].map(seen))).join();
  const journals = sessionFolders.map(async ({ path }) => {
    const folder = join(path, JOURNAL);
    return [await seen(folder), ...(await namesIn(folder))].join();
  });
  return (await Promise.all(journals)).join(";");
}

async function hasOnlyJournaled({ sessionFolders }: DiskFacts): Promise<boolean> {
  const journals = sessionFolders.map(({ path }) => seen(join(path, JOURNAL)));
  return !(await Promise.all(journals)).includes(undefined);
}

async function seen(path: string): Promise<string | undefined> {
  try {
    const { ino, size, mtimeNs } = await stat(path, { bigint: true });
    return `${ino} ${size} ${mtimeNs}`;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).toSorted();
  } catch (error) {
    if (hasCode(error, "ENOENT")) return [];
    throw error;
  }
}

/** SQLite reads a database at one moment whatever others write. Only for one that others have open: alone, it would empty its log. */
async function copyThroughSqlite(place: string, copy: string): Promise<void> {
  for (const suffix of ["", LOG]) await rm(copy + suffix, { force: true });
  const database = await openSqlite(place);
  try {
    database.exec("PRAGMA busy_timeout = 1000");
    database.prepare("VACUUM INTO ?").run(copy);
  } finally {
    database.close();
  }
}

function changing(place: string): AuthStoreError {
  return new AuthStoreError(
    "AUTH_STORE_IN_USE",
    `A bot writes to ${place} faster than it can be copied to be looked at: try again at a quieter time, or stop the bot`,
  );
}
