import { type FileHandle, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { UsageError, hasCode } from "@motte/core/errors";
import { ReconnectError } from "../errors.ts";
import type { StateStore } from "./state-store.ts";

/**
 * Keeps the state in one JSON file, which only its owner may read. A save writes a new file beside it and renames it,
 * so a crash leaves the old state or the new one. Its folder must exist. One supervisor per file.
 */
export function fileStateStore(path: string): StateStore {
  if (typeof path !== "string" || path === "") {
    throw new UsageError("USAGE_INVALID_OPTION", "fileStateStore takes the path of a file");
  }
  return { load: () => load(path), save: (json) => save(path, json) };
}

async function load(path: string): Promise<unknown> {
  const text = await read(path);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ReconnectError(
      "RECONNECT_STATE_INVALID",
      `${path} is no JSON: restore it from a backup, or delete it and accept that the waits it kept are forgotten`,
      { cause },
    );
  }
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if (!hasCode(cause, "ENOENT")) throw unreadable(path, cause);
  }
  // A folder that is missing would make every save fail, so it is found out before anything connects.
  try {
    await stat(dirname(path));
  } catch (cause) {
    if (!hasCode(cause, "ENOENT")) throw unreadable(path, cause);
    throw new UsageError(
      "USAGE_UNREADABLE_PATH",
      `The folder of ${path} does not exist: create it, or name another file`,
      { cause },
    );
  }
  return undefined;
}

async function save(path: string, json: unknown): Promise<void> {
  const aside = `${path}.new`;
  // What a killed process has left there would keep its own mode.
  await rm(aside, { force: true });
  const file = await open(aside, "wx", 0o600);
  try {
    await file.writeFile(`${JSON.stringify(json)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(aside, path);
  await syncFolder(dirname(path));
}

// A rename is durable when its folder is.
async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle;
  try {
    handle = await open(folder, "r");
  } catch (error) {
    // Windows opens no folders, and its renames are in the journal of the file system.
    if (hasCode(error, "EISDIR") || hasCode(error, "EPERM") || hasCode(error, "EACCES")) return;
    throw error;
  }
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function unreadable(path: string, cause: unknown): ReconnectError {
  return new ReconnectError(
    "RECONNECT_STATE_UNREADABLE",
    `${path} cannot be read: look at the cause and give this user access to the file`,
    { cause, retryable: true },
  );
}
