import { constants } from "node:fs";
import { access, lstat, readFile, readdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { hasCode } from "@motte/core/errors";
import { isBackUp } from "../../stores/back-up-name.ts";
import type { StoreName } from "../../stores/store-name.ts";

/** A file or folder that belongs to a store. */
export interface DiskEntry {
  readonly path: string;
  readonly isFolder: boolean;
  /** Permission bits. */
  readonly mode: number;
}

/** One folder that holds a session as files. */
export interface SessionFolder {
  readonly path: string;
  readonly sessionId: string;
  readonly temporary: readonly string[];
  /** Journals with something in them. */
  readonly journals: readonly string[];
}

/** What of a store is on a disk. */
export interface DiskFacts {
  readonly root: string;
  /** The folder it is, or the one it is in; there where the store is. */
  readonly folder: string;
  /** Everything of the store, and nothing else that may lie beside it. */
  readonly entries: readonly DiskEntry[];
  /** Files that hold an account each: what must not get into a repository. */
  readonly secrets: readonly string[];
  readonly sessionFolders: readonly SessionFolder[];
  /** What this user may not do there; empty when all is well. */
  readonly denied: readonly string[];
}

// What @motte/auth-stores calls its part of a session's folder (its README, "A folder, in turns with Baileys").
const OWN = ".auth-store";
const CREDS = "creds.json";
const isRecord = (name: string): boolean => name.endsWith(".json");

/** Looks at the files of a store, and opens none. `undefined` for a store that is not on a disk. */
export async function diskFacts(name: StoreName): Promise<DiskFacts | undefined> {
  const facts = await storeFiles(name);
  if (facts === undefined) return undefined;
  // Copies that motte has made hold an account as well.
  const beside = dirname(facts.root);
  const copies = (await readable(beside)).filter((file) => isBackUp(file));
  const secrets = [...facts.secrets];
  const entries = [...facts.entries];
  for (const copy of copies) {
    secrets.push(join(beside, copy));
    entries.push(...(await entry(join(beside, copy))));
  }
  return { ...facts, secrets, entries };
}

/** The files of a store itself, without copies of it that lie beside it. */
export async function storeFiles({ kind, place }: StoreName): Promise<DiskFacts | undefined> {
  const root = resolve(place);
  if (kind !== "sqlite" && kind !== "file" && kind !== "files") return undefined;
  const [found] = await entry(root);
  // Opening it tells what is wrong with something else under that name.
  if (found !== undefined && found.isFolder === (kind === "sqlite")) return undefined;
  if (kind === "sqlite") return databaseFacts(root);
  if (kind === "file") return folderFacts(root, [root]);
  const names = await readable(root);
  return folderFacts(
    root,
    names.map((name) => join(root, name)),
  );
}

async function databaseFacts(root: string): Promise<DiskFacts> {
  const entries: DiskEntry[] = [];
  for (const path of [root, `${root}-wal`, `${root}-shm`]) entries.push(...(await entry(path)));
  const folder = dirname(root);
  const denied = [
    ...(await denials(root, constants.R_OK | constants.W_OK)),
    // SQLite makes its log beside the database.
    ...(await denials(folder, constants.W_OK | constants.X_OK)),
  ];
  return { root, folder, entries, secrets: [root], sessionFolders: [], denied };
}

async function folderFacts(root: string, folders: readonly string[]): Promise<DiskFacts> {
  const all = constants.R_OK | constants.W_OK | constants.X_OK;
  const denied = [...(await denials(root, all))];
  const entries: DiskEntry[] = [];
  const secrets: string[] = [];
  const sessionFolders: SessionFolder[] = [];
  for (const folder of folders) {
    const names = await readable(folder);
    if (!names.includes(CREDS) && !names.includes(OWN)) continue;
    if (folder !== root) denied.push(...(await denials(folder, all)));
    const own = names.filter((name) => name === OWN || isRecord(name));
    // A folder that holds other things as well is not ours to close.
    if (own.length === names.length) entries.push(...(await entry(folder)));
    for (const name of own) entries.push(...(await tree(join(folder, name))));
    secrets.push(join(folder, CREDS));
    sessionFolders.push(await sessionFolder(folder));
  }
  return { root, folder: root, entries, secrets, sessionFolders, denied };
}

async function sessionFolder(path: string): Promise<SessionFolder> {
  const within = async (name: string): Promise<readonly string[]> =>
    (await readable(join(path, OWN, name))).map((file) => join(path, OWN, name, file));
  const journals: string[] = [];
  for (const journal of await within("journal")) {
    if ((await stat(journal)).size > 0) journals.push(journal);
  }
  const sessionId = (await nameInMeta(join(path, OWN, "meta.json"))) ?? basename(path);
  return { path, sessionId, temporary: await within("tmp"), journals };
}

// What a session is called stands in its folder; one of Baileys alone goes by the folder's name.
async function nameInMeta(file: string): Promise<string | undefined> {
  let meta: unknown;
  try {
    meta = JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    // Opening the session tells what is wrong with a meta that cannot be read.
    const expected = ["ENOENT", "ENOTDIR", "EACCES"].some((code) => hasCode(error, code));
    if (expected || error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (typeof meta !== "object" || meta === null || !("sessionId" in meta)) return undefined;
  return typeof meta.sessionId === "string" ? meta.sessionId : undefined;
}

async function tree(path: string): Promise<readonly DiskEntry[]> {
  const found = [...(await entry(path))];
  if (found[0]?.isFolder !== true) return found;
  for (const name of await readable(path)) found.push(...(await tree(join(path, name))));
  return found;
}

/** What is there under a name: nothing or one, as files come and go while a bot runs. */
async function entry(path: string): Promise<readonly DiskEntry[]> {
  try {
    const found = await lstat(path);
    if (found.isSymbolicLink()) return [];
    return [{ path, isFolder: found.isDirectory(), mode: found.mode & 0o777 }];
  } catch (error) {
    if (hasCode(error, "ENOENT") || hasCode(error, "EACCES")) return [];
    throw error;
  }
}

/** The names in a folder; none for one that is not there, is no folder or may not be read, which `denied` tells. */
async function readable(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EACCES"].some((code) => hasCode(error, code))) return [];
    throw error;
  }
}

async function denials(path: string, rights: number): Promise<readonly string[]> {
  try {
    await access(path, rights);
    return [];
  } catch (error) {
    if (hasCode(error, "EACCES") || hasCode(error, "EROFS") || hasCode(error, "EPERM"))
      return [path];
    if (hasCode(error, "ENOENT") || hasCode(error, "ENOTDIR")) return [];
    throw error;
  }
}
