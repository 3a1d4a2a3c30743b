import { readdir, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { type AuthBackend, isOwnerKnownDead } from "@motte/auth-stores";
import type { CleanupStack } from "@motte/core/cleanup";
import { UsageError, hasCode } from "@motte/core/errors";
import { systemRandom } from "@motte/core/random";
import { openStore } from "../stores/open-store.ts";
import { type StoreName, assertOwn, hasPath, withoutSecrets } from "../stores/store-name.ts";

/** How the sessions of a bench begin, and nobody else's. */
const PREFIX = "motte-bench-";

/** What an acknowledged write survives, for people. */
export const SURVIVES: Readonly<Record<AuthBackend["capabilities"]["durability"], string>> = {
  none: "survives nothing",
  process: "survives a killed process",
  commit: "survives a power cut",
};

/** The name of a session that nobody has. */
export function newSessionId(): string {
  return `${PREFIX}${systemRandom.bytes(6).toString("hex")}`;
}

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
  if (hasPath(name) && !(await exists(dirname(resolve(place))))) {
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

/** Opens a store for sessions of a bench. Those of killed runs are removed, and at the end a store that was not there. */
export async function openBenchStore(name: StoreName, cleanup: CleanupStack): Promise<AuthBackend> {
  const { kind, place } = name;
  if (hasPath(name) && !(await exists(place))) {
    const path = resolve(place);
    cleanup.defer(() => removed(path, kind === "sqlite" ? ["", "-wal", "-shm"] : [""]));
  }
  const backend = cleanup.use(await openStore(name, "make"));
  if (kind !== "file") await removeLeftovers(backend);
  return backend;
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
