import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { openAuthState } from "@motte/auth-stores";
import type { CleanupStack } from "@motte/core/cleanup";
import { type StoreName, withoutSecrets } from "../../stores/store-name.ts";
import { SURVIVES, newSessionId, openBenchStore } from "../bench-store.ts";
import { folderFor, ownFolder } from "../../stores/own-folder.ts";
import { BASE, type KeyStoreSide } from "./side.ts";

/** Opens a new session in a store, under a name that nobody has. Dispose to remove it, and the store if it was not there. */
export async function openThrowAway(name: StoreName, cleanup: CleanupStack): Promise<KeyStoreSide> {
  const backend = await openBenchStore(name, cleanup);
  // Without a cache, so that what is measured is the store.
  const handle = await openAuthState({
    backend,
    sessionId: newSessionId(),
    create: "if-missing",
    cacheBytes: 0,
  });
  cleanup.defer(() => handle.destroy());
  return {
    name: withoutSecrets(name.text),
    role: "ours",
    kind: name.kind,
    note: SURVIVES[backend.capabilities.durability],
    keys: handle.state.keys,
  };
}

/** Opens Baileys' own store in a folder that is removed, on the file system of the first of these stores. */
export async function openBase(
  names: readonly StoreName[],
  cleanup: CleanupStack,
): Promise<KeyStoreSide> {
  const folder = join(await ownFolder(folderFor(names), cleanup, "bench"), "auth");
  await mkdir(folder);
  // Only now: it takes a while to load, and a call that is refused has no need of it.
  const { useMultiFileAuthState } = await import("@whiskeysockets/baileys");
  const { state } = await useMultiFileAuthState(folder);
  return {
    name: BASE,
    role: "other",
    kind: undefined,
    note: SURVIVES.process,
    keys: state.keys,
  };
}
