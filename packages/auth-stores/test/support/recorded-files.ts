import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { type FileIo, systemFileIo } from "../../src/backends/file/io.ts";

/** One step of a change, as small as a crash can tell apart. */
type Step =
  | { readonly step: "folder" | "remove" | "sync folder" | "sync file"; readonly path: string }
  | { readonly step: "create"; readonly path: string }
  | {
      readonly step: "write";
      readonly path: string;
      readonly content: Buffer;
      readonly at: number;
    }
  | { readonly step: "truncate"; readonly path: string; readonly length: number }
  | { readonly step: "rename"; readonly path: string; readonly to: string };

/** What a crash leaves. A killed process loses nothing of it, a power cut what was not synced. */
export type Loss = "nothing" | "unsynced contents" | "unsynced contents and names";

/** Real files, with a record of every step taken to change them. */
export class RecordedFiles {
  readonly #root: string;
  readonly steps: Step[] = [];

  constructor(root: string) {
    this.#root = root;
  }

  get io(): FileIo {
    const note = (step: Step): void => void this.steps.push(step);
    const at = (path: string): string => relative(this.#root, path);
    const noteContent = (file: string, content: Uint8Array): void => {
      const path = at(file);
      const half = Math.floor(content.length / 2);
      note({ step: "create", path });
      note({ step: "write", path, content: Buffer.from(content.subarray(0, half)), at: 0 });
      note({ step: "write", path, content: Buffer.from(content.subarray(half)), at: half });
    };
    return {
      ...systemFileIo,
      createFolder: (folder) => {
        const created = systemFileIo.createFolder(folder);
        if (created) note({ step: "folder", path: at(folder) });
        return created;
      },
      write: (file, content) => {
        systemFileIo.write(file, content);
        noteContent(file, content);
      },
      writeDurably: async (file, content) => {
        systemFileIo.write(file, content);
        noteContent(file, content);
        note({ step: "sync file", path: at(file) });
      },
      rename: (from, to) => {
        systemFileIo.rename(from, to);
        note({ step: "rename", path: at(from), to: at(to) });
      },
      claim: (from, to) => {
        const claimed = systemFileIo.claim(from, to);
        if (claimed) note({ step: "rename", path: at(from), to: at(to) });
        return claimed;
      },
      remove: (file) => {
        systemFileIo.remove(file);
        note({ step: "remove", path: at(file) });
      },
      removeTree: (folder) => {
        systemFileIo.removeTree(folder);
        note({ step: "remove", path: at(folder) });
      },
      removeEmpty: (folder) => {
        systemFileIo.removeEmpty(folder);
        note({ step: "remove", path: at(folder) });
      },
      syncFile: async (file) => note({ step: "sync file", path: at(file) }),
      syncFolder: async (folder) => note({ step: "sync folder", path: at(folder) }),
      createLog: (file) => {
        const log = systemFileIo.createLog(file);
        const path = at(file);
        note({ step: "create", path });
        return {
          write: (content, position) => {
            log.write(content, position);
            const half = Math.floor(content.length / 2);
            const [head, tail] = [content.subarray(0, half), content.subarray(half)];
            note({ step: "write", path, content: Buffer.from(head), at: position });
            note({ step: "write", path, content: Buffer.from(tail), at: position + half });
          },
          sync: async () => note({ step: "sync file", path }),
          truncate: (length) => {
            log.truncate(length);
            note({ step: "truncate", path, length });
          },
          close: () => log.close(),
        };
      },
    };
  }

  /** What is left when everything stops after `count` steps: contents by path, `null` for a folder. */
  left(count: number, loss: Loss): [path: string, content: Buffer | null][] {
    const disk = new Disk();
    for (const step of this.steps.slice(0, count)) disk.take(step);
    return disk.left(loss);
  }
}

/** Fills an empty folder. */
export function fillFolder(
  folder: string,
  files: readonly (readonly [path: string, content: Buffer | null])[],
): void {
  for (const [path, content] of files) {
    if (content === null) mkdirSync(join(folder, path));
    else writeFileSync(join(folder, path), content);
  }
}

interface Content {
  now: Buffer;
  synced: Buffer;
}

/** Files and folders by path; a folder has no content. */
type Names = Map<string, Content | null>;

class Disk {
  readonly #now: Names = new Map();
  readonly #synced: Names = new Map();

  take(step: Step): void {
    switch (step.step) {
      case "folder":
        this.#now.set(step.path, null);
        return;
      case "create":
        this.#now.set(step.path, { now: Buffer.alloc(0), synced: Buffer.alloc(0) });
        return;
      case "write": {
        const content = this.#content(step.path);
        const length = Math.max(content.now.length, step.at + step.content.length);
        const changed = Buffer.alloc(length);
        content.now.copy(changed);
        step.content.copy(changed, step.at);
        content.now = changed;
        return;
      }
      case "truncate": {
        const content = this.#content(step.path);
        content.now = content.now.subarray(0, step.length);
        return;
      }
      case "sync file": {
        const content = this.#content(step.path);
        content.synced = content.now;
        return;
      }
      case "remove":
        for (const path of this.#below(this.#now, step.path)) this.#now.delete(path);
        return;
      case "rename": {
        const moved = this.#below(this.#now, step.path).map(
          (path) => [path, this.#now.get(path) ?? null] as const,
        );
        for (const [path] of moved) this.#now.delete(path);
        for (const [path, content] of moved) {
          this.#now.set(step.to + path.slice(step.path.length), content);
        }
        return;
      }
      case "sync folder": {
        const isIn = (path: string): boolean =>
          (dirname(path) === "." ? "" : dirname(path)) === step.path;
        for (const path of [...this.#synced.keys()].filter(isIn)) {
          if (!this.#now.has(path)) this.#synced.delete(path);
        }
        for (const [path, content] of this.#now) if (isIn(path)) this.#synced.set(path, content);
      }
    }
  }

  left(loss: Loss): [path: string, content: Buffer | null][] {
    const names = loss === "unsynced contents and names" ? this.#synced : this.#now;
    return [...names]
      .filter(([path]) => this.#isReachable(names, path))
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([path, content]) => {
        if (content === null) return [path, null];
        return [path, loss === "nothing" ? content.now : content.synced];
      });
  }

  #isReachable(names: Names, path: string): boolean {
    const parent = dirname(path);
    return parent === "." || (names.has(parent) && this.#isReachable(names, parent));
  }

  #below(names: Names, path: string): string[] {
    return [...names.keys()].filter((name) => name === path || name.startsWith(`${path}/`));
  }

  #content(path: string): Content {
    const content = this.#now.get(path);
    if (content === undefined || content === null) throw new Error(`${path} is no file`);
    return content;
  }
}

/** Real files without waiting for the disk, where nothing is going to crash. */
export const unsyncedIo: FileIo = {
  ...systemFileIo,
  writeDurably: async (file, content) => systemFileIo.write(file, content),
  syncFile: async () => {},
  syncFolder: async () => {},
  createLog: (file) => ({ ...systemFileIo.createLog(file), sync: async () => {} }),
};
