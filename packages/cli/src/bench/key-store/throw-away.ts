import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { type AuthBackend, isOwnerKnownDead, openAuthState } from "@motte/auth-stores";
import type { CleanupStack } from "@motte/core/cleanup";
import { UsageError, hasCode } from "@motte/core/errors";
import { type Random, systemRandom } from "@motte/core/random";
import { openStore } from "../../stores/open-store.ts";
import { type StoreName, assertOwn, withoutSecrets } from "../../stores/store-name.ts";
import { BASE, type KeyStoreSide } from "./side.ts";

/** How the sessions of a bench begin, and nobody else's. */
const PREFIX = "motte-bench-";

const SURVIVES: Readonly<Record<AuthBackend["capabilities"]["durability"], string>> = {
  none: "nothing",
  process: "a killed process",
  commit: "a power cut",
};

/** Throws a `UsageError` for a store in which a bench would touch what is there already, or that is not ours. */
export async function assertBenchable(name: StoreName): Promise<void> {
  assertOwn(name);
  const { kind, place, sessionId, text } = name;
  if (sessionId !== undefined) {
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      `motte bench makes a session of its own: leave #${sessionId} out of ${withoutSecrets(text)}`,
    );
  }
  if (hasPath(kind) && !(await exists(dirname(resolve(place))))) {
    throw new UsageError(
      "USAGE_UNREADABLE_PATH",
      `${text} cannot be made: name a place in a folder that is there`,
    );
  }
  if (kind === "file" && (await hasContent(place))) {
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      `${text} is one session as a whole, and holds something: name a folder that is not there yet, such as file:${join(dirname(place), "bench")}`,
    );
  }
}

/** Opens a new session in a store, under a name that nobody has. Dispose to remove it, and the store if it was not there. */
export async function openThrowAway(
  name: StoreName,
  cleanup: CleanupStack,
  random: Random = systemRandom,
): Promise<KeyStoreSide> {
  const { kind, place, text } = name;
  if (hasPath(kind) && !(await exists(place))) {
    const path = resolve(place);
    cleanup.defer(() => removed(path, kind === "sqlite" ? ["", "-wal", "-shm"] : [""]));
  }
  const backend = cleanup.use(await openStore(name, "make"));
  if (kind !== "file") await removeLeftovers(backend);
  const sessionId = `${PREFIX}${random.bytes(6).toString("hex")}`;
  // Without a cache, so that what is measured is the store.
  const options = { backend, sessionId, create: "if-missing", cacheBytes: 0 } as const;
  const handle = await openAuthState(options);
  cleanup.defer(() => handle.destroy());
  return {
    name: withoutSecrets(text),
    kind,
    survives: SURVIVES[backend.capabilities.durability],
    keys: handle.state.keys,
  };
}

/** Opens Baileys' own store in a folder that is removed, on the file system of the first of these stores. */
export async function openBase(
  names: readonly StoreName[],
  cleanup: CleanupStack,
): Promise<KeyStoreSide> {
  const folder = await mkdtemp(join(folderFor(names), ".motte-bench-"));
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, "auth"));
  // Only now: it takes a while to load, and a call that is refused has no need of it.
  const { useMultiFileAuthState } = await import("@whiskeysockets/baileys");
  const { state } = await useMultiFileAuthState(join(folder, "auth"));
  return { name: BASE, kind: undefined, survives: SURVIVES.process, keys: state.keys };
}

/** The folder that the first of the stores with a path is in, or will be. */
export function folderFor(names: readonly StoreName[]): string {
  const first = names.find(({ kind }) => hasPath(kind));
  return first === undefined ? tmpdir() : dirname(resolve(first.place));
}

/** What a bench that was killed has left. One that still runs has its session open, which stays. */
async function removeLeftovers(backend: AuthBackend): Promise<void> {
  const left: string[] = [];
  for await (const { sessionId, owner } of backend.list()) {
    const isLeft = sessionId.startsWith(PREFIX) && (owner === null || isOwnerKnownDead(owner));
    if (isLeft) left.push(sessionId);
  }
  for (const sessionId of left) {
    await backend.delete(sessionId, { isKnownDead: isOwnerKnownDead });
  }
}

async function removed(path: string, endings: readonly string[]): Promise<void> {
  for (const ending of endings) await rm(path + ending, { recursive: true, force: true });
}

function hasPath(kind: StoreName["kind"]): boolean {
  return kind === "sqlite" || kind === "file" || kind === "files";
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (hasCode(error, "ENOENT") || hasCode(error, "ENOTDIR")) return false;
    throw error;
  }
}

async function hasContent(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).length > 0;
  } catch (error) {
    // Of what is a file and no folder, the store says so itself.
    if (hasCode(error, "ENOENT") || hasCode(error, "ENOTDIR")) return false;
    throw error;
  }
}
