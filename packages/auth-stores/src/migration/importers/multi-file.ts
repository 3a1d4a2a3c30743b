import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { hasCode } from "@motte/core/errors";
import { MigrationError } from "../errors.ts";
import type { ForeignEntry, ForeignSource } from "../foreign-source.ts";
import { recordOfFile } from "../../backends/file/names.ts";

const CREDS = "creds.json";
// Far below any limit of open files.
const FILES_AT_ONCE = 32;

/**
 * A folder of `useMultiFileAuthState`, of Baileys 6 or 7. It is read and never written.
 *
 * Dot files, `*.tmp` and `*.bak` are none of Baileys' and are passed over; any other file that cannot be told is
 * reported as unknown. Nothing can lock such a folder, so stop the bot; a change meanwhile is noticed.
 */
export function multiFileFolder(folder: string): ForeignSource {
  return {
    kind: "multi-file",
    location: folder,
    readCreds: async () => {
      if (!(await listed(folder)).includes(CREDS)) return null;
      return contentOf(folder, CREDS);
    },
    async *entries(): AsyncGenerator<ForeignEntry> {
      const names = (await listed(folder)).filter((name) => name !== CREDS && !isPassedOver(name));
      for (let from = 0; from < names.length; from += FILES_AT_ONCE) {
        const some = names.slice(from, from + FILES_AT_ONCE);
        yield* await Promise.all(some.map((name) => entryOf(folder, name)));
      }
    },
  };
}

async function entryOf(folder: string, name: string): Promise<ForeignEntry> {
  const record = recordOfFile(name);
  if (record === undefined) return { entry: "unknown", name };
  return { entry: "record", ...record, json: await contentOf(folder, name) };
}

function isPassedOver(name: string): boolean {
  return name.startsWith(".") || name.endsWith(".tmp") || name.endsWith(".bak");
}

async function listed(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).toSorted();
  } catch (error) {
    throw new MigrationError(
      "MIGRATION_SOURCE_UNREADABLE",
      "The folder cannot be listed: check that it exists and that this user may read it",
      { cause: error },
    );
  }
}

async function contentOf(folder: string, name: string): Promise<string> {
  try {
    return await readFile(join(folder, name), "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) {
      throw new MigrationError(
        "MIGRATION_SOURCE_CHANGED",
        "A file has vanished from the folder while it was being read: stop the bot that uses it",
        { cause: error, retryable: true },
      );
    }
    throw new MigrationError(
      "MIGRATION_SOURCE_UNREADABLE",
      "A file of the folder cannot be read; see the cause",
      { cause: error },
    );
  }
}
