import { join } from "node:path";
import type { Clock } from "@motte/core/clock";
import { UsageError } from "@motte/core/errors";
import type { OpenSessionOptions, SessionSummary } from "../../backend.ts";
import { JournaledFolder } from "./folder.ts";
import { damagedJournal, ratchetsSetAside } from "./damage.ts";
import { type FileIo, linkRefused } from "./io.ts";
import { CREDS, FOLDERS, GENERATIONS, JOURNAL, LOCK, META, OWN, TEMPORARY } from "./layout.ts";
import { FileLock, readLock } from "./lock.ts";
import { type FolderMeta, decodeFolderMeta, encodeFolderMeta } from "./meta.ts";
import { recordOfFile } from "./names.ts";
import { FilePlaces } from "./places.ts";
import { FileSession } from "./session.ts";
import type { FileValues } from "./values.ts";

// Long enough to remove some ten thousand files; whoever dies meanwhile blocks the session no longer than that.
const DELETION_MS = 60_000;

export interface OpenSessionFolderOptions extends OpenSessionOptions {
  readonly io: FileIo;
  readonly folder: string;
  readonly sessionId: string;
  readonly location: string;
  readonly values: FileValues;
  readonly clock: Clock;
  readonly durability: "commit" | "process";
  readonly assertOpen: () => void;
}

/** Whether the folder holds a session: one of ours, or one that Baileys has left. */
export function hasSession(io: FileIo, folder: string): boolean {
  return readLock(io, folder) !== null || io.modifiedAtMs(join(folder, CREDS)) !== null;
}

/** Acquires the session in a folder and brings its files up to date. */
export async function openSessionFolder(options: OpenSessionFolderOptions): Promise<FileSession> {
  const { io, folder, sessionId, clock, owner } = options;
  refuseLinks(io, folder);
  refuseOther(readMeta(io, folder), sessionId);
  await createFolders(io, folder);
  const lock = FileLock.acquire({ io, folder, sessionId, clock }, options);
  let journaled: JournaledFolder | undefined;
  try {
    journaled = await JournaledFolder.open({
      io,
      folder,
      epoch: lock.epoch,
      clock,
      ensureOwned: () => lock.ensureHeld(),
      ensureThere: () => lock.ensureThere(),
      onDamage: (rewritten) => {
        if (options.recover !== true) throw damagedJournal(options);
        return (found) => ratchetsSetAside(found, rewritten, clock.now());
      },
    });
    const stored = readMeta(io, folder);
    refuseOther(stored, sessionId);
    const meta = stored ?? (await writeNewMeta(io, folder, newMeta(sessionId, clock.now())));
    // A file system that takes one for the other has our folder under this name, too.
    const ignoresCase = io.modifiedAtMs(join(folder, OWN.toUpperCase())) !== null;
    return new FileSession({
      ...options,
      credsGenerationsAt: join(folder, GENERATIONS),
      fence: { epoch: lock.epoch, owner },
      folder: journaled,
      lock,
      places: new FilePlaces(journaled, meta.families, { ignoresCase }),
      meta,
    });
  } catch (error) {
    journaled?.abandon();
    lock.release();
    throw error;
  }
}

export function summaryOf(io: FileIo, folder: string, name: string): SessionSummary {
  const meta = readMeta(io, folder);
  const changedAtMs = io.modifiedAtMs(join(folder, CREDS)) ?? 0;
  return {
    sessionId: meta?.sessionId ?? name,
    owner: readLock(io, folder)?.owner ?? null,
    createdAtMs: meta?.createdAtMs ?? changedAtMs,
    updatedAtMs: Math.max(meta?.updatedAtMs ?? 0, changedAtMs),
  };
}

export interface DeleteSessionFolderOptions {
  readonly io: FileIo;
  readonly folder: string;
  readonly sessionId: string;
  readonly clock: Clock;
  readonly isKnownDead: (owner: string) => boolean;
}

/** Removes a session, and no file that is not part of one. */
export function deleteSessionFolder(options: DeleteSessionFolderOptions): void {
  const { io, folder, sessionId } = options;
  const meta = readMeta(io, folder);
  refuseOther(meta, sessionId);
  for (const name of [OWN, LOCK, TEMPORARY]) io.createFolder(join(folder, name));
  FileLock.acquire(options, { ...options, owner: "deletion", leaseMs: DELETION_MS });
  // First what would bring records back, and creds after the records: what a crash leaves is still a session, which
  // can be deleted again.
  io.removeTree(join(folder, JOURNAL));
  for (const { name } of io.list(folder) ?? []) {
    if (recordOfFile(name, meta?.families) !== undefined) io.remove(join(folder, name));
  }
  io.remove(join(folder, CREDS));
  io.removeTree(join(folder, OWN));
}

async function createFolders(io: FileIo, folder: string): Promise<void> {
  const isNew = io.createFolder(folder);
  if (isNew) await io.syncFolder(join(folder, ".."));
  const created = FOLDERS.filter((name) => io.createFolder(join(folder, name)));
  if (created.length === 0) return;
  await io.syncFolder(join(folder, OWN));
  await io.syncFolder(folder);
}

async function writeNewMeta(io: FileIo, folder: string, meta: FolderMeta): Promise<FolderMeta> {
  const temporary = join(folder, TEMPORARY, "meta.json");
  await io.writeDurably(temporary, encodeFolderMeta(meta));
  io.rename(temporary, join(folder, META));
  await io.syncFolder(join(folder, OWN));
  return meta;
}

function newMeta(sessionId: string, nowMs: number): FolderMeta {
  return { sessionId, createdAtMs: nowMs, updatedAtMs: nowMs, families: [], meta: {} };
}

function readMeta(io: FileIo, folder: string): FolderMeta | undefined {
  const file = join(folder, META);
  const text = io.read(file);
  return text === null ? undefined : decodeFolderMeta(text, file);
}

function refuseOther(meta: FolderMeta | undefined, sessionId: string): void {
  if (meta === undefined || meta.sessionId === sessionId) return;
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    "This folder holds a session of another name: open it under that name, or choose another folder",
  );
}

function refuseLinks(io: FileIo, folder: string): void {
  for (const at of [folder, join(folder, OWN)]) {
    const links = (io.list(at) ?? []).filter(({ kind }) => kind === "other");
    const concerns = links.some(
      ({ name }) => at !== folder || name === OWN || name === CREDS || name.endsWith(".json"),
    );
    if (concerns) throw linkRefused();
  }
}
