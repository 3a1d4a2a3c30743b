import type { FileIo, FileLog } from "../../src/backends/file/io.ts";
import { unsyncedIo } from "./recorded-files.ts";

/** Real files whose operations are counted, some of which fail. */
export class FailingFiles {
  readonly #code: string;
  operations = 0;
  /** The numbers of the operations that fail, from 1. */
  fails: (operation: number, isOfLog: boolean) => boolean = () => false;

  constructor(code: string) {
    this.#code = code;
  }

  get io(): FileIo {
    const step = (): void => this.#step(false);
    const logStep = (): void => this.#step(true);
    const log = (inner: FileLog): FileLog => ({
      // What a full disk takes is half of it.
      write: (content, position) => {
        inner.write(half(content), position);
        logStep();
        inner.write(content, position);
      },
      sync: async () => logStep(),
      truncate: (length) => {
        logStep();
        inner.truncate(length);
      },
      close: () => inner.close(),
    });
    return {
      list: (folder) => (step(), unsyncedIo.list(folder)),
      read: (file) => (step(), unsyncedIo.read(file)),
      modifiedAtMs: (path) => (step(), unsyncedIo.modifiedAtMs(path)),
      // Never throws.
      isThere: (path) => unsyncedIo.isThere(path),
      createFolder: (folder) => (step(), unsyncedIo.createFolder(folder)),
      write: (file, content) => {
        unsyncedIo.write(file, half(content));
        step();
        unsyncedIo.write(file, content);
      },
      writeDurably: async (file, content) => {
        unsyncedIo.write(file, half(content));
        step();
        unsyncedIo.write(file, content);
      },
      rename: (from, to) => (step(), unsyncedIo.rename(from, to)),
      claim: (from, to) => (step(), unsyncedIo.claim(from, to)),
      remove: (file) => (step(), unsyncedIo.remove(file)),
      removeTree: (folder) => (step(), unsyncedIo.removeTree(folder)),
      removeEmpty: (folder) => (step(), unsyncedIo.removeEmpty(folder)),
      syncFile: async () => step(),
      syncFolder: async () => step(),
      createLog: (file) => (step(), log(unsyncedIo.createLog(file))),
    };
  }

  #step(isOfLog: boolean): void {
    this.operations += 1;
    if (!this.fails(this.operations, isOfLog)) return;
    throw Object.assign(new Error(`${this.#code}: by the test`), { code: this.#code });
  }
}

function half(content: Uint8Array): Uint8Array {
  return content.subarray(0, Math.floor(content.length / 2));
}
