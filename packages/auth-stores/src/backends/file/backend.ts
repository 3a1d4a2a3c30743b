import { accessSync, constants, mkdirSync, realpathSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { type Clock, systemClock } from "@motte/core/clock";
import { UsageError, hasCode } from "@motte/core/errors";
import { type Logger, silentLogger } from "@motte/core/logger";
import { assertKnownOptions } from "@motte/core/options";
import type {
  AuthBackend,
  BackendSession,
  DeleteSessionOptions,
  OpenSessionOptions,
  SessionSummary,
} from "../../backend.ts";
import { AuthStoreError } from "../../errors.ts";
import { warnOfNetworkFileSystem } from "../../network-file-system.ts";
import { missingSession } from "../../opened-creds.ts";
import { type BaileysModule, importBaileys } from "../../peer-library.ts";
import { withFileErrors } from "./errors.ts";
import { type FileIo, systemFileIo } from "./io.ts";
import { deleteSessionFolder, hasSession, openSessionFolder, summaryOf } from "./session-folder.ts";
import { escapeName, unescapeName } from "./layout.ts";
import { type FileValues, fileValues } from "./values.ts";

const GENERATIONS = 5;

export interface FileBackendOptions {
  /** `"one"`: the folder is the session. `"many"`: it holds one folder per session. @defaultValue `"one"` */
  readonly sessions?: "one" | "many";
  /**
   * What an acknowledged write survives. `"commit"`: a power cut, at one disk flush per commit. `"process"`: a
   * killed process; a power cut may lose the last records (never creds), which sets ratchets back.
   *
   * @defaultValue `"commit"`
   */
  readonly durability?: "commit" | "process";
  /** The Baileys in use. @defaultValue `@whiskeysockets/baileys`, imported when opening */
  readonly baileys?: BaileysModule;
  /** @defaultValue `systemClock` */
  readonly clock?: Clock;
  /** Is told when the folder is on a network file system. @defaultValue logs nothing */
  readonly logger?: Logger;
  /** @internal How files are read and written. */
  readonly io?: FileIo;
}

/** The names of `FileBackendOptions`. */
export const FILE_BACKEND_OPTIONS: readonly (keyof FileBackendOptions)[] = [
  "sessions",
  "durability",
  "baileys",
  "clock",
  "logger",
  "io",
];

/**
 * Keeps a session in a folder laid out as Baileys' `useMultiFileAuthState` does, in files that it reads and writes.
 *
 * The folder is created if missing (mode 0700), the one it is in is not. An existing folder of Baileys is taken over
 * as it is. Throws a `UsageError` for a path that cannot be used.
 */
export async function fileBackend(
  folder: string,
  options: FileBackendOptions = {},
): Promise<AuthBackend> {
  assertKnownOptions("fileBackend", options, FILE_BACKEND_OPTIONS);
  const { sessions = "one", durability = "commit", clock = systemClock } = options;
  if (sessions !== "one" && sessions !== "many") {
    throw new UsageError("USAGE_INVALID_OPTION", 'sessions must be "one" or "many"');
  }
  if (durability !== "commit" && durability !== "process") {
    throw new UsageError("USAGE_INVALID_OPTION", 'durability must be "commit" or "process"');
  }
  const { io = systemFileIo, baileys = await importBaileys() } = options;
  const root = prepareFolder(folder);
  await warnOfNetworkFileSystem(root, options.logger ?? silentLogger);
  const values = fileValues(baileys.proto.Message.AppStateSyncKeyData);
  return new FileBackend({ root, sessions, durability, clock, io, values });
}

interface FileBackendParts {
  readonly root: string;
  readonly sessions: "one" | "many";
  readonly durability: "commit" | "process";
  readonly clock: Clock;
  readonly io: FileIo;
  readonly values: FileValues;
}

class FileBackend implements AuthBackend {
  readonly kind = "file";
  readonly location: string;
  readonly capabilities: AuthBackend["capabilities"];
  readonly #parts: FileBackendParts;
  #closed = false;

  constructor(parts: FileBackendParts) {
    this.location = `file:${parts.root}`;
    this.capabilities = {
      atomicBatch: true,
      fencing: "advisory",
      durability: parts.durability,
      credsGenerations: GENERATIONS,
    };
    this.#parts = parts;
  }

  open(sessionId: string, options: OpenSessionOptions): Promise<BackendSession> {
    return this.#run(async () => {
      const { io } = this.#parts;
      const folder = this.#folderOf(sessionId);
      if (!options.create && !hasSession(io, folder)) throw missingSession(sessionId);
      return openSessionFolder({
        ...this.#parts,
        ...options,
        folder,
        sessionId,
        location: this.location,
        assertOpen: () => this.#assertOpen(),
      });
    });
  }

  async *list(): AsyncGenerator<SessionSummary> {
    const summaries = await this.#run(() => {
      const { io } = this.#parts;
      return this.#folders().flatMap(({ folder, name }) =>
        hasSession(io, folder) ? [summaryOf(io, folder, name)] : [],
      );
    });
    yield* summaries;
  }

  delete(sessionId: string, { isKnownDead }: DeleteSessionOptions): Promise<void> {
    return this.#run(async () => {
      const { io, clock, sessions } = this.#parts;
      const folder = this.#folderOf(sessionId);
      if (!hasSession(io, folder)) return;
      deleteSessionFolder({ io, clock, folder, sessionId, isKnownDead });
      if (sessions === "many") io.removeEmpty(folder);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
  }

  #folderOf(sessionId: string): string {
    const { root, sessions } = this.#parts;
    return sessions === "one" ? root : resolve(root, nameOfSession(sessionId));
  }

  #folders(): { readonly folder: string; readonly name: string }[] {
    const { io, root, sessions } = this.#parts;
    const entries = io.list(root);
    if (entries === null) {
      throw new AuthStoreError(
        "AUTH_STORE_UNAVAILABLE",
        `The folder ${root} is gone: mount it again`,
      );
    }
    if (sessions === "one") return [{ folder: root, name: "default" }];
    return entries.flatMap((entry) => {
      const name = unescapeName(entry.name);
      const isOurs = entry.kind === "folder" && nameOfSession(name) === entry.name;
      return isOurs ? [{ folder: resolve(root, entry.name), name }] : [];
    });
  }

  #run<T>(work: () => Promise<T> | T): Promise<T> {
    return withFileErrors(this.location, () => {
      this.#assertOpen();
      return work();
    });
  }

  #assertOpen(): void {
    if (!this.#closed) return;
    throw new AuthStoreError(
      "AUTH_STORE_CLOSED",
      `The backend of ${this.location} has been closed`,
    );
  }
}

/** The name of a session's folder. Folders that exist, called by ordinary names, stay what they are called. */
function nameOfSession(sessionId: string): string {
  return escapeName(sessionId, /[A-Za-z0-9_.@+=-]/).replace(/^\./, "%2e");
}

/** The real path of the folder, which is created if missing. */
function prepareFolder(folder: string): string {
  const path = resolve(folder);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (hasCode(error, "ENOENT")) {
      throw unusable(`The folder ${dirname(path)} does not exist: create it first`, error);
    }
    if (!hasCode(error, "EEXIST")) throw unusable(`The folder ${path} cannot be created`, error);
  }
  if (!statSync(path).isDirectory()) throw unusable(`${path} is not a folder: name another`);
  try {
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw unusable(`This user may not read and write the folder ${path}`, error);
  }
  return realpathSync(path);
}

function unusable(message: string, cause?: unknown): UsageError {
  return new UsageError("USAGE_UNREADABLE_PATH", message, { cause });
}
