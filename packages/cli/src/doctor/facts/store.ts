import { type AuthBackend, type SessionSummary, networkFileSystem } from "@motte/auth-stores";
import type { SqliteAuthBackend } from "@motte/auth-stores/backends/sqlite";
import type { KeyProvider } from "@motte/auth-stores/encryption";
import { type Clock, systemClock } from "@motte/core/clock";
import { MotteError, UsageError, hasCode } from "@motte/core/errors";
import { messageForShell } from "../../message-for-shell.ts";
import { openStore } from "../../stores/open-store.ts";
import { type LoneFolder, loneFolders, opensAlone } from "../../stores/lone-folders.ts";
import { openableSessions } from "../../stores/sessions.ts";
import { type StoreName, assertOwn, withoutSecrets } from "../../stores/store-name.ts";
import { openInOf } from "../../stores/look.ts";
import { type FoundBaileys, baileysBeside } from "./baileys.ts";
import { type DiskFacts, type SessionFolder, diskFacts } from "./disk.ts";
import { type GitState, gitStateOf } from "./git.ts";
import { type RecordFacts, recordFacts } from "./records.ts";
import { type RedisFacts, redisFacts } from "./redis.ts";

/** One session of a store. */
export interface SessionFacts extends SessionSummary {
  readonly ownerIsGone: boolean;
  /** The process that has it open, as `pid@host`. */
  readonly openIn: string | null;
  /** `undefined` where it was not looked at. */
  readonly isEncrypted: boolean | undefined;
  /** What a process that was killed has left in its folder. */
  readonly leftovers: SessionFolder | undefined;
  /** What it holds, or why that was not looked at. */
  readonly records: RecordFacts | NotRead;
}

/** Why the records of a session were not looked at. */
interface NotRead {
  readonly code: string;
  readonly message: string;
}

/** Everything the checks of a store go by. */
export interface StoreFacts {
  readonly name: StoreName;
  /** The name for people. */
  readonly shown: string;
  readonly nowMs: number;
  /** Whether whoever asks has named a key. */
  readonly keyIsNamed: boolean;
  readonly disk: DiskFacts | undefined;
  /** The network file system it is on, by its name. */
  readonly networkFileSystem: string | undefined;
  /** The Baileys that a bot in the store's folder would get. */
  readonly baileys: FoundBaileys | undefined;
  /** By file that holds an account. */
  readonly git: ReadonlyMap<string, GitState>;
  readonly redis: RedisFacts | undefined;
  /** What SQLite finds wrong with a database. */
  readonly damage: readonly string[];
  /** None for a store that this user may not open. */
  readonly sessions: readonly SessionFacts[];
}

export interface StoreFactsOptions {
  readonly key: KeyProvider | undefined;
  readonly signal: AbortSignal;
  /**
   * Opens the store so that it stays as it is, lease and all, for example in a copy, where what a killed process has left may
   * be brought in. Without it sessions are locked while they are read, and what was left is not looked into.
   */
  readonly openUntouched?: ((name: StoreName) => Promise<AuthBackend>) | undefined;
  readonly clock?: Clock;
}

export function isRead(records: SessionFacts["records"]): records is RecordFacts {
  return "findings" in records;
}

/** Looks at a store and the sessions in it that its name picks. Throws a `UsageError` for one that is not there or is something else. */
export async function storeFacts(name: StoreName, options: StoreFactsOptions): Promise<StoreFacts> {
  assertOwn(name);
  const { clock = systemClock, openUntouched } = options;
  const disk = await diskFacts(name);
  const git = new Map<string, GitState>();
  for (const file of disk?.secrets ?? []) git.set(file, await gitStateOf(file));
  const base = {
    name,
    shown: withoutSecrets(name.text),
    nowMs: clock.now(),
    keyIsNamed: options.key !== undefined,
    disk,
    networkFileSystem: disk && (await networkUnder(disk.folder)),
    baileys: disk && (await baileysBeside(disk.folder)),
    git,
  };
  if (disk !== undefined && disk.denied.length > 0) {
    return { ...base, redis: undefined, damage: [], sessions: [] };
  }
  await using backend =
    openUntouched === undefined
      ? await openStore(name, "refuse", { unsafeServer: "warn" })
      : await openUntouched(name);
  const alone = await loneFolders(name);
  const summaries = await chosen(name, backend, alone);
  const sessions: SessionFacts[] = [];
  for (const summary of summaries) {
    sessions.push(await sessionFacts(summary, { ...options, backend, disk }));
  }
  const redis = await redisFacts(name, clock);
  return { ...base, redis, damage: await damageOf(backend), sessions };
}

async function networkUnder(folder: string): Promise<string | undefined> {
  try {
    return await networkFileSystem(folder);
  } catch (error) {
    // Opening the store tells what is wrong with its folder.
    if (["ENOENT", "ENOTDIR", "EACCES"].some((code) => hasCode(error, code))) return undefined;
    throw error;
  }
}

async function chosen(
  name: StoreName,
  backend: AuthBackend,
  alone: readonly LoneFolder[],
): Promise<readonly SessionSummary[]> {
  const all = await openableSessions(backend, alone);
  if (name.sessionId === undefined) {
    if (alone.length > 0) throw opensAlone(withoutSecrets(name.text), alone);
    return all;
  }
  const one = all.filter(({ sessionId }) => sessionId === name.sessionId);
  if (one.length > 0) return one;
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    `${withoutSecrets(name.text)} has no such session (motte sessions lists them)`,
  );
}

async function sessionFacts(
  summary: SessionSummary,
  {
    backend: plain,
    key,
    disk,
    signal,
    openUntouched,
  }: StoreFactsOptions & { readonly backend: AuthBackend; readonly disk: DiskFacts | undefined },
): Promise<SessionFacts> {
  const { sessionId, owner } = summary;
  const folder = disk && folderOf(sessionId, disk);
  const openIn = openInOf(owner);
  const hasLeftovers =
    openIn === null && folder !== undefined && folder.temporary.length + folder.journals.length > 0;
  const base = {
    ...summary,
    ownerIsGone: owner !== null && openIn === null,
    openIn,
    leftovers: hasLeftovers ? folder : undefined,
  };
  if (hasLeftovers && openUntouched === undefined) {
    // Opening it would tidy, before there is a copy.
    return { ...base, isEncrypted: undefined, records: LEFTOVERS };
  }
  const read = (backend: AuthBackend): Promise<SessionFacts["records"]> =>
    readOrWhyNot(() => recordFacts({ backend, sessionId }, signal));
  if (key !== undefined) {
    const { sealed } = await import("@motte/auth-stores/encryption");
    const records = await read(sealed(plain, { keys: key }));
    // A store may be encrypted in part.
    if (isRead(records) || records.code !== "AUTH_STORE_NOT_ENCRYPTED") {
      return { ...base, isEncrypted: isEncrypted(records, true), records };
    }
  }
  const records = await read(plain);
  return { ...base, isEncrypted: isEncrypted(records, false), records };
}

const LEFTOVERS: NotRead = {
  code: "LEFTOVERS",
  message: "its journal and files have to be brought together first",
};

/** What reading a session says of it. `asked`: what it was taken for. */
function isEncrypted(records: SessionFacts["records"], asked: boolean): boolean | undefined {
  if (isRead(records)) return asked;
  const refused = ["AUTH_STORE_ENCRYPTED", "AUTH_STORE_WRONG_KEY"].includes(records.code);
  return refused ? true : undefined;
}

function folderOf(
  sessionId: string,
  { root, sessionFolders }: DiskFacts,
): SessionFolder | undefined {
  const [only] = sessionFolders;
  if (only?.path === root) return only;
  return sessionFolders.find((folder) => folder.sessionId === sessionId);
}

async function readOrWhyNot(read: () => Promise<RecordFacts>): Promise<RecordFacts | NotRead> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof MotteError) || error instanceof UsageError) throw error;
    return { code: error.code, message: messageForShell(error) };
  }
}

async function damageOf(backend: AuthBackend): Promise<readonly string[]> {
  return isSqlite(backend) ? backend.integrityCheck() : [];
}

function isSqlite(backend: AuthBackend): backend is SqliteAuthBackend {
  return "integrityCheck" in backend;
}
