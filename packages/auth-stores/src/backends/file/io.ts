import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  readdirSync,
  renameSync,
  rmSync,
  rmdirSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { promisify } from "node:util";
import { UsageError, hasCode } from "@motte/core/errors";
import { flush } from "./flush.ts";

/**
 * The file operations of the file backend, each of which may be interrupted by a crash.
 *
 * Reading and writing go to the page cache and are synchronous, which takes microseconds and one descriptor; waiting
 * for the disk is not. Errors are those of node:fs.
 */
export interface FileIo {
  /** What is in a folder; `null` when there is no such folder. */
  list(folder: string): readonly FolderEntry[] | null;
  /** The content of a file; `null` only when there is no such file. A link instead of a file is a `UsageError`. */
  read(file: string): Buffer | null;
  /** `null` when there is nothing of that name. */
  modifiedAtMs(path: string): number | null;
  /** Whether there is something of that name that can be reached; an error is taken for no. */
  isThere(path: string): boolean;
  /** False when it exists. */
  createFolder(folder: string): boolean;
  /** Creates a file, or overwrites what a crash has left of it. */
  write(file: string, content: Uint8Array): void;
  /** The same, and its content is on disk when it resolves (its name may not be). */
  writeDurably(file: string, content: Uint8Array): Promise<void>;
  /** Replaces a file of the new name. */
  rename(from: string, to: string): void;
  /** Renames a folder that is not empty; false when there is one of that name. */
  claim(from: string, to: string): boolean;
  /** A missing file is no error. */
  remove(file: string): void;
  /** Removes a folder with everything in it. */
  removeTree(folder: string): void;
  /** Removes a folder unless something is in it. */
  removeEmpty(folder: string): void;
  /** The content of the file is on disk when it resolves. */
  syncFile(file: string): Promise<void>;
  /** The names in the folder are on disk when it resolves. */
  syncFolder(folder: string): Promise<void>;
  /** Creates a file that is written piece by piece. */
  createLog(file: string): FileLog;
}

interface FolderEntry {
  readonly name: string;
  readonly kind: "file" | "folder" | "other";
}

export interface FileLog {
  write(content: Uint8Array, position: number): void;
  /** Everything written is on disk when it resolves. */
  sync(): Promise<void>;
  truncate(length: number): void;
  close(): void;
}

const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;
// Windows has no such flag, and there a link takes more rights than the file does.
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;
const OVERWRITE = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | NO_FOLLOW;
const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW;

const fsyncDescriptor = promisify(fsync);

/** node:fs. */
export const systemFileIo: FileIo = {
  list: (folder) =>
    unless(["ENOENT"], null, () =>
      readdirSync(folder, { withFileTypes: true }).map((entry) => ({
        name: entry.name,
        kind: entry.isFile() ? "file" : entry.isDirectory() ? "folder" : "other",
      })),
    ),

  read: (file) => unless(["ENOENT"], null, () => readWhole(file)),

  // Without `throwIfNoEntry: false`, which would also hide a folder that has become a file (ENOTDIR).
  modifiedAtMs: (path) => unless(["ENOENT"], null, () => statSync(path).mtimeMs),

  isThere: (path) => existsSync(path),

  createFolder: (folder) =>
    unless(["EEXIST"], false, () => {
      mkdirSync(folder, { mode: PRIVATE_FOLDER });
      return true;
    }),

  write: (file, content) =>
    withDescriptor(file, OVERWRITE, (descriptor) => writeWhole(descriptor, content, 0)),

  writeDurably: async (file, content) => {
    const descriptor = openSync(file, OVERWRITE, PRIVATE_FILE);
    try {
      writeWhole(descriptor, content, 0);
      await fsyncDescriptor(descriptor);
    } finally {
      closeSync(descriptor);
    }
  },

  rename: (from, to) => renameSync(from, to),

  claim: (from, to) =>
    unless(["ENOTEMPTY", "EEXIST"], false, () => {
      renameSync(from, to);
      return true;
    }),

  remove: (file) => unless(["ENOENT"], undefined, () => unlinkSync(file)),
  removeTree: (folder) => rmSync(folder, { recursive: true, force: true }),
  removeEmpty: (folder) =>
    unless(["ENOENT", "ENOTEMPTY", "EEXIST"], undefined, () => rmdirSync(folder)),

  // Windows flushes only what may be written.
  syncFile: (file) => synced(file, constants.O_RDWR | NO_FOLLOW),

  syncFolder: async (folder) => {
    // Windows cannot open a folder for that; NTFS journals names by itself.
    if (process.platform !== "win32") await synced(folder, constants.O_RDONLY);
  },

  createLog: (file) => {
    const descriptor = openSync(file, CREATE, PRIVATE_FILE);
    return {
      write: (content, position) => writeWhole(descriptor, content, position),
      sync: () => flush(descriptor),
      truncate: (length) => ftruncateSync(descriptor, length),
      close: () => closeSync(descriptor),
    };
  },
};

async function synced(path: string, flags: number): Promise<void> {
  const descriptor = openSync(path, flags);
  try {
    await fsyncDescriptor(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function readWhole(file: string): Buffer {
  return withDescriptor(file, constants.O_RDONLY | NO_FOLLOW, (descriptor) => {
    const { size, nlink } = fstatSync(descriptor);
    // A second name for the file lets whoever owns that name read and change it.
    if (nlink > 1) throw linkRefused();
    const content = Buffer.allocUnsafe(size);
    let length = 0;
    while (length < size) {
      const read = readSync(descriptor, content, length, size - length, length);
      if (read === 0) break;
      length += read;
    }
    return content.subarray(0, length);
  });
}

function withDescriptor<T>(file: string, flags: number, work: (descriptor: number) => T): T {
  const descriptor = unless(["ELOOP"], undefined, () => openSync(file, flags, PRIVATE_FILE));
  if (descriptor === undefined) throw linkRefused();
  try {
    return work(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

// write(2) may write less than asked for, for instance up to the last free block.
function writeWhole(descriptor: number, content: Uint8Array, position: number): void {
  for (let written = 0; written < content.length;) {
    const { length } = content;
    written += writeSync(descriptor, content, written, length - written, position + written);
  }
}

/** The refusal of a link where a file should be. */
export function linkRefused(): UsageError {
  return new UsageError(
    "USAGE_UNREADABLE_PATH",
    "The session's folder has a symbolic or hard link where a file should be: replace it by a copy of the file",
  );
}

function unless<T, U>(codes: readonly string[], instead: U, work: () => T): T | U {
  try {
    return work();
  } catch (error) {
    if (codes.some((code) => hasCode(error, code))) return instead;
    throw error;
  }
}
