import { basename, join } from "node:path";
import { UsageError } from "@motte/core/errors";
import { storeFiles } from "../doctor/facts/disk.ts";
import type { StoreName } from "./store-name.ts";

/** A folder among those of a `files:` store that holds a session of another name than its own: it is a store by itself. */
export interface LoneFolder {
  readonly folder: string;
  readonly sessionId: string;
  /** The name of the store that it is. */
  readonly name: StoreName;
}

/**
 * The folders of a `files:` store that it lists and cannot open, as `useFileAuthState("sessions/acme")` makes them, which calls
 * its session "default". None for a store of another kind.
 */
export async function loneFolders(name: StoreName): Promise<readonly LoneFolder[]> {
  if (name.kind !== "files") return [];
  const found = await storeFiles(name);
  return (found?.sessionFolders ?? []).flatMap(({ path, sessionId }) => {
    const folder = basename(path);
    if (sessionOf(folder) === sessionId) return [];
    const place = join(name.place, folder);
    const text = `file:${place}`;
    return [{ folder, sessionId, name: { kind: "file", place, sessionId: undefined, text } }];
  });
}

/** That a session cannot be opened by the name of the store, and by which it can. */
export function opensAlone(text: string, folders: readonly LoneFolder[]): UsageError {
  const [first, ...others] = folders.map(({ name }) => name.text);
  const also =
    others.length === 0 ? "" : ` (and ${others.length} more, which motte sessions lists)`;
  return new UsageError(
    "USAGE_INVALID_OPTION",
    `${text} cannot open what is a store by itself: write ${first}${also}`,
  );
}

/** The session that a folder of a `files:` store is called for; other signs than ordinary ones are bytes in hex there. */
function sessionOf(folder: string): string {
  const bytes = folder.replaceAll(/%([0-9a-f]{2})/g, (_match, hex: string) =>
    String.fromCodePoint(Number.parseInt(hex, 16)),
  );
  return folder.includes("%") ? Buffer.from(bytes, "latin1").toString() : folder;
}
