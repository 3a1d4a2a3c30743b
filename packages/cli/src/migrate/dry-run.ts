import { mkdtemp, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { AuthBackend } from "@motte/auth-stores";
import { memoryBackend } from "@motte/auth-stores/backends/memory";
import type { CleanupStack } from "@motte/core/cleanup";
import { hasCode } from "@motte/core/errors";
import { type Missing, type OpenStoreOptions, openStore } from "../stores/open-store.ts";
import { shownAs } from "../stores/shown-as.ts";
import { type StoreName, assertOwn, hasPath } from "../stores/store-name.ts";
import { openUntouched, untouchedFolder } from "../stores/untouched.ts";

/** How the stores of a migration are opened. */
export type OpenStore = typeof openStore;

/**
 * Opens the stores of a migration that is only planned: they stay byte for byte as they are, and one that is not there is not
 * made, but taken for empty.
 */
export function openToPlan(cleanup: CleanupStack): OpenStore {
  return async (name, missing, options) => {
    assertOwn(name);
    if (!hasPath(name)) return openStore(name, missing, { ...options, readOnly: true });
    if (missing === "make" && !(await isThere(name.place))) {
      return emptyStore(name, missing, options);
    }
    const folder = await untouchedFolder(name, cleanup, "migrate");
    return openUntouched(name, await mkdtemp(join(folder, "of-")), options);
  };
}

async function emptyStore(
  name: StoreName,
  missing: Missing,
  options: OpenStoreOptions | undefined,
): Promise<AuthBackend> {
  const path = resolve(name.place);
  // Says that there is no folder to make it in.
  if (!(await isThere(dirname(path)))) return openStore(name, missing, options);
  const kind = name.kind === "sqlite" ? "sqlite" : "file";
  const place = join(await realpath(dirname(path)), basename(path));
  return shownAs(memoryBackend(), { kind, location: `${kind}:${place}` });
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return false;
    // Opening it tells what is wrong.
    return true;
  }
}
