import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type AuthBackend, isOwnerKnownDead } from "@motte/auth-stores";
import { sealed, secretKey } from "@motte/auth-stores/encryption";
import type { SessionPlace } from "@motte/auth-stores/migration";
import { CleanupStack } from "@motte/core/cleanup";
import { systemRandom } from "@motte/core/random";
import { openStore } from "../../stores/open-store.ts";
import { type StoreName, parseStoreName, withoutSecrets } from "../../stores/store-name.ts";
import { SURVIVES, newSessionId, openBenchStore } from "../bench-store.ts";

/** Where accounts are copied to. */
export interface Target {
  /** As people know it. */
  readonly name: string;
  readonly kind: StoreName["kind"];
  /** A place with nothing in it. */
  empty(): Promise<EmptyPlace>;
}

/** Takes one copy, which is removed when it is disposed. */
export interface EmptyPlace extends AsyncDisposable {
  /** For what is encrypted already, or never was. */
  readonly plain: SessionPlace;
  /** Encrypts what it is given, under a key that nobody else has and that is gone with this process. */
  readonly encrypting: SessionPlace;
  readonly survives: string;
}

/** What there is on every machine. */
const DEFAULTS = ["sqlite", "files"] as const;
const NAMES = { sqlite: "SQLite", files: "files" } as const;

const keys = secretKey(systemRandom.bytes(32));

/** A database and a folder within `folder`, made anew for each copy. */
export function temporaryTargets(folder: string): readonly Target[] {
  return DEFAULTS.map((kind) => ({
    name: NAMES[kind],
    kind,
    empty: async () => {
      const cleanup = new CleanupStack();
      const path = join(folder, newSessionId());
      for (const ending of kind === "sqlite" ? ["", "-wal", "-shm"] : [""]) {
        cleanup.defer(() => rm(path + ending, { recursive: true, force: true }));
      }
      return opened(parseStoreName(`${kind}:${path}`), cleanup);
    },
  }));
}

/** A session of a new name in a store that the user has named. The store is closed with `cleanup`. */
export async function namedTarget(name: StoreName, cleanup: CleanupStack): Promise<Target> {
  const backend = await openBenchStore(name, cleanup);
  return {
    name: withoutSecrets(name.text),
    kind: name.kind,
    empty: async () => {
      const sessionId = newSessionId();
      const remove = (): Promise<void> =>
        backend.delete(sessionId, { isKnownDead: isOwnerKnownDead });
      return emptyPlace(backend, sessionId, remove);
    },
  };
}

async function opened(name: StoreName, cleanup: CleanupStack): Promise<EmptyPlace> {
  try {
    const backend = cleanup.use(await openStore(name, "make", { inOrder: true }));
    return emptyPlace(backend, newSessionId(), () => cleanup.dispose());
  } catch (error) {
    await cleanup.dispose();
    throw error;
  }
}

/** A session that is not there yet, and how to remove it. */
export function emptyPlace(
  backend: AuthBackend,
  sessionId: string,
  remove: () => Promise<void>,
): EmptyPlace {
  return {
    plain: { backend, sessionId },
    encrypting: { backend: sealed(backend, { keys }), sessionId },
    survives: SURVIVES[backend.capabilities.durability],
    [Symbol.asyncDispose]: remove,
  };
}
