import { stat } from "node:fs/promises";
import type { AuthBackend } from "@motte/auth-stores";
import { UsageError, hasCode } from "@motte/core/errors";
import { type StoreName, assertOwn } from "./store-name.ts";

/** Whether a store that is not there yet may be made. */
export type Missing = "make" | "refuse";

// One session's part of the index.
const SMALL_CACHE = 2 * 1024 * 1024;

export interface OpenStoreOptions {
  /** What to do with a Redis server that may lose records. @defaultValue `"refuse"` */
  readonly unsafeServer?: "refuse" | "warn";
  /** Whether all is read or written once, session by session, so that a database needs little memory. */
  readonly inOrder?: boolean;
  /** Whether a server is only asked. Of a store on a disk see `openUntouched`. */
  readonly readOnly?: boolean;
}

/**
 * Opens a store of ours. Throws a `UsageError` for one that is not there when `missing` is `"refuse"`, before anything
 * is made, and for a store of another program.
 */
export async function openStore(
  name: StoreName,
  missing: Missing,
  { unsafeServer = "refuse", inOrder = false, readOnly = false }: OpenStoreOptions = {},
): Promise<AuthBackend> {
  assertOwn(name);
  const { kind, place } = name;
  switch (kind) {
    case "sqlite": {
      if (missing === "refuse") await assertThere(name);
      const { sqliteBackend } = await import("@motte/auth-stores/backends/sqlite");
      return sqliteBackend(place, inOrder ? { pageCacheBytes: SMALL_CACHE } : {});
    }
    case "file":
    case "files": {
      if (missing === "refuse") await assertThere(name);
      const { fileBackend } = await import("@motte/auth-stores/backends/file");
      return fileBackend(place, { sessions: kind === "files" ? "many" : "one" });
    }
    case "redis":
    case "rediss": {
      const { redisBackend } = await import("@motte/auth-stores/backends/redis");
      const { url, prefix } = redisPlace(place);
      return redisBackend(url, {
        unsafeServer,
        readOnly,
        ...(prefix === undefined ? {} : { prefix }),
      });
    }
    case "memory": {
      const { memoryBackend } = await import("@motte/auth-stores/backends/memory");
      return memoryBackend();
    }
  }
}

/** The server and the prefix that a name like `redis://host:6379?prefix=bots` means: Redis has no such parameter. */
export function redisPlace(place: string): {
  readonly url: string;
  readonly prefix: string | undefined;
} {
  const at = place.indexOf("?");
  if (at === -1) return { url: place, prefix: undefined };
  const parameters = new URLSearchParams(place.slice(at + 1));
  const prefix = parameters.get("prefix") ?? undefined;
  parameters.delete("prefix");
  const rest = parameters.size === 0 ? "" : `?${parameters.toString()}`;
  return { url: place.slice(0, at) + rest, prefix };
}

const FOLDERS: readonly StoreName["kind"][] = ["file", "files", "baileys"];

/** Throws a `UsageError` for a store on a disk that is not there, or is something else. */
export async function assertThere({ kind, place, text }: StoreName): Promise<void> {
  const what = FOLDERS.includes(kind) ? "folder" : "file";
  try {
    const found = await stat(place);
    if (what === "file" ? found.isFile() : found.isDirectory()) return;
  } catch (cause) {
    if (!hasCode(cause, "ENOENT") && !hasCode(cause, "ENOTDIR")) {
      throw new UsageError(
        "USAGE_UNREADABLE_PATH",
        `${text} cannot be looked at: name a ${what} that this user may read`,
        { cause },
      );
    }
    throw new UsageError(
      "USAGE_UNREADABLE_PATH",
      `${text} is not there: name an existing ${what}`,
      { cause },
    );
  }
  const other = what === "file" ? "file:" : "sqlite:";
  throw new UsageError(
    "USAGE_UNREADABLE_PATH",
    `${text} is not a ${what}: name one, or write ${other}${place} if that is what it is`,
  );
}
