import { constants, copyFile, mkdir, rm, stat, utimes } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { UsageError, hasCode } from "@motte/core/errors";

/** Copies of files below one folder, in another, which are brought up to date as often as somebody asks. */
export class FileCopies {
  readonly #root: string;
  readonly #folder: string;
  /** By path, which file was copied and how it was. */
  readonly #copied = new Map<string, string>();

  constructor(root: string, folder: string) {
    this.#root = root;
    this.#folder = folder;
  }

  /**
   * Copies what has changed, in the order given, and removes copies of what is no longer there. Resolves with whether anything
   * had changed. Throws a `UsageError` for what cannot be copied.
   */
  async update(paths: readonly string[]): Promise<boolean> {
    const left = new Set(this.#copied.keys());
    let hasChanged = false;
    for (const path of paths) {
      left.delete(path);
      if (await this.#copy(path)) hasChanged = true;
    }
    for (const path of left) await this.#remove(path);
    return hasChanged || left.size > 0;
  }

  async #copy(path: string): Promise<boolean> {
    const copy = this.#copyOf(path);
    try {
      const { ino, size, mtimeNs, atimeNs } = await stat(path, { bigint: true });
      const found = `${ino} ${size} ${mtimeNs}`;
      if (this.#copied.get(path) === found) return false;
      await mkdir(dirname(copy), { recursive: true, mode: 0o700 });
      // Where the file system can, the copy takes no room.
      await copyFile(path, copy, constants.COPYFILE_FICLONE);
      // A session of Baileys alone goes by the times of its files.
      await utimes(copy, Number(atimeNs) / 1e9, Number(mtimeNs) / 1e9);
      this.#copied.set(path, found);
      return true;
    } catch (cause) {
      // Whoever has it open has put it away, as with a log.
      if (hasCode(cause, "ENOENT")) return this.#remove(path);
      throw new UsageError(
        "USAGE_UNREADABLE_PATH",
        `${path} cannot be copied to ${this.#folder}, where it is to be looked at: see that this user may read it, and that the disk has room`,
        { cause },
      );
    }
  }

  async #remove(path: string): Promise<boolean> {
    if (!this.#copied.delete(path)) return false;
    await rm(this.#copyOf(path), { force: true });
    return true;
  }

  #copyOf(path: string): string {
    return join(this.#folder, relative(this.#root, path));
  }
}
