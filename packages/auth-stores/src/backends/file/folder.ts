import { dirname, join } from "node:path";
import type { Clock } from "@motte/core/clock";
import { hasCode } from "@motte/core/errors";
import { KeyedMutex } from "@motte/core/keyed-mutex";
import type { FileIo, FileLog } from "./io.ts";
import { type FileWrite, encodeJournalRecord } from "./journal.ts";
import { JOURNAL, QUARANTINE, TEMPORARY } from "./layout.ts";
import { planReplay } from "./replay.ts";

// How far Baileys' files may lag behind the journal, and what of it is held in memory.
const CHECKPOINT_MS = 1000;
const CHECKPOINT_BYTES = 4 * 1024 * 1024;
const CHECKPOINT_FILES = 2000;
// libuv has four threads for files. A checkpoint leaves two to the commits beside it, if there are any.
const FILES_AT_ONCE = 2;
const FILES_AT_ONCE_ALONE = 4;
// How many files are read before the event loop gets its turn.
const READS_PER_TURN = 64;

export interface JournaledFolderOptions {
  readonly io: FileIo;
  readonly folder: string;
  readonly epoch: number;
  readonly clock: Clock;
  /** Throws when the folder has a new owner. */
  readonly ensureOwned: () => void;
  /** Throws when the folder is not there. */
  readonly ensureThere: () => void;
  /**
   * Called before anything is replayed when commits are lost that had been on disk. Throws, or gives back what to
   * change beyond the journal, knowing which files were written since.
   */
  readonly onDamage: (
    rewritten: ReadonlySet<string>,
  ) => (folder: JournaledFolder) => readonly FileWrite[];
}

export interface FolderChange {
  readonly writes: readonly FileWrite[];
  /** Called in the same turn in which reads begin to see the change. */
  readonly done: () => void;
}

/**
 * Files that change together or not at all.
 *
 * A commit is one record in a journal and is done when that is on disk. The files follow within a second, each
 * written aside and renamed, and reads see the commit at once. What a crash leaves in the journal is replayed.
 */
export class JournaledFolder {
  readonly #options: JournaledFolderOptions;
  readonly #order = new KeyedMutex();
  readonly #reads = new Set<Promise<void>>();
  /** Committed, and not yet in the files. */
  #pending = new Map<string, Uint8Array | null>();
  #pendingBytes = 0;
  /** The part of it that a checkpoint is writing. */
  #applying = new Map<string, Uint8Array | null>();
  #log: FileLog | undefined;
  #logLength = 0;
  /** All of the journal is on disk. */
  #isSynced = true;
  #hasTornTail = false;
  #logs: string[] = [];
  #logCount = 0;
  #fileCount = 0;
  #timer: Disposable | undefined;
  #isUrgent = false;
  #checkpoint: Promise<void> | undefined;
  /** Nobody commits yet, or any more. */
  #isAlone = true;

  private constructor(options: JournaledFolderOptions) {
    this.#options = options;
  }

  /** Replays what a former owner has left. */
  static async open(options: JournaledFolderOptions): Promise<JournaledFolder> {
    const folder = new JournaledFolder(options);
    folder.#removeTemporary();
    await folder.#replay();
    await folder.checkpoint();
    folder.#isAlone = false;
    return folder;
  }

  /** The content now; `null` when there is no such file. */
  readNow(path: string): Buffer | null {
    const committed = this.#committed(path);
    if (committed === undefined) return this.#options.io.read(this.#at(path));
    return committed === null ? null : Buffer.from(committed);
  }

  /** The contents at one moment. */
  async read(paths: readonly string[]): Promise<(Buffer | null)[]> {
    const { io, ensureThere } = this.#options;
    if (paths.length > 0) ensureThere();
    const found = paths.map((path) => this.#committed(path));
    const contents: (Buffer | null)[] = [];
    let onDisk = 0;
    let isWhole: (() => void) | undefined;
    try {
      for (const [index, path] of paths.entries()) {
        const committed = found[index];
        if (committed !== undefined) {
          contents.push(committed === null ? null : Buffer.from(committed));
          continue;
        }
        if (++onDisk % READS_PER_TURN === 0) {
          // Until this read is through, the files stay as they are.
          isWhole ??= this.#holdFiles();
          await new Promise((resolve) => setImmediate(resolve));
        }
        contents.push(io.read(this.#at(path)));
      }
    } finally {
      isWhole?.();
    }
    // Where the folder has gone meanwhile, nothing is not what was found.
    if (contents.includes(null)) ensureThere();
    return contents;
  }

  exists(path: string): boolean {
    const committed = this.#committed(path);
    if (committed !== undefined) return committed !== null;
    return this.#options.io.modifiedAtMs(this.#at(path)) !== null;
  }

  /** The names of the files in a folder below, or in the folder itself (`""`). */
  list(below: string): string[] {
    this.#options.ensureThere();
    const entries = this.#options.io.list(this.#at(below)) ?? [];
    const names = new Set(entries.filter(({ kind }) => kind === "file").map(({ name }) => name));
    for (const writes of [this.#applying, this.#pending]) {
      for (const [path, content] of writes) {
        const at = path.lastIndexOf("/");
        if (path.slice(0, Math.max(at, 0)) !== below) continue;
        if (content === null) names.delete(path.slice(at + 1));
        else names.add(path.slice(at + 1));
      }
    }
    return [...names];
  }

  /**
   * Calls `plan` after every commit before it and makes what it returns durable, whole or not at all. With
   * `durable: false` that holds for a killed process only.
   */
  commit(
    plan: () => FolderChange | undefined,
    options: { readonly durable: boolean },
  ): Promise<void> {
    return this.#order.run("commit", async () => {
      this.#options.ensureOwned();
      const change = plan();
      if (change === undefined) return;
      if (change.writes.length > 0) {
        await this.#append(change.writes, options.durable);
        for (const write of change.writes) this.#accept(write);
        this.#scheduleCheckpoint();
      }
      change.done();
    });
  }

  /** Brings the files up to date. */
  checkpoint(): Promise<void> {
    this.#checkpoint ??= this.#applyPending().finally(() => {
      this.#checkpoint = undefined;
    });
    return this.#checkpoint;
  }

  /** Brings the files up to date and leaves no journal behind. */
  async close(): Promise<void> {
    this.#timer?.[Symbol.dispose]();
    this.#isAlone = true;
    do await this.checkpoint();
    while (this.#pending.size > 0);
  }

  /** Leaves everything as it is, for the next owner. */
  abandon(): void {
    this.#timer?.[Symbol.dispose]();
    this.#log?.close();
    this.#log = undefined;
  }

  #at(path: string): string {
    return join(this.#options.folder, path);
  }

  #committed(path: string): Uint8Array | null | undefined {
    const pending = this.#pending.get(path);
    return pending === undefined ? this.#applying.get(path) : pending;
  }

  #accept({ path, content }: FileWrite): void {
    this.#pending.set(path, content);
    this.#pendingBytes += content?.length ?? 0;
  }

  #holdFiles(): () => void {
    const done = new AbortController();
    const read = new Promise<void>((resolve) => {
      done.signal.addEventListener("abort", () => resolve(), { once: true });
    }).finally(() => this.#reads.delete(read));
    this.#reads.add(read);
    return () => done.abort();
  }

  async #append(writes: readonly FileWrite[], durable: boolean): Promise<void> {
    const log = this.#log ?? (await this.#startLog());
    const record = encodeJournalRecord({ writes, anchored: this.#isSynced });
    // A record that was refused must never be replayed together with later ones.
    if (this.#hasTornTail) log.truncate(this.#logLength);
    this.#hasTornTail = true;
    try {
      log.write(record, this.#logLength);
      if (durable) await log.sync();
      // Whoever has acquired the session by now may have replayed the journal before this record.
      this.#options.ensureOwned();
    } catch (error) {
      // A new owner may be replaying just this record, and then it has to stay whole.
      if (!hasCode(error, "AUTH_STORE_FENCED")) log.truncate(this.#logLength);
      this.#hasTornTail = false;
      throw error;
    }
    this.#hasTornTail = false;
    this.#isSynced = durable;
    this.#logLength += record.length;
  }

  async #startLog(): Promise<FileLog> {
    const { io, epoch } = this.#options;
    const name = `${String(epoch).padStart(10, "0")}-${String(this.#logCount++).padStart(10, "0")}`;
    const path = this.#at(`${JOURNAL}/${name}`);
    const log = io.createLog(path);
    try {
      await io.syncFolder(this.#at(JOURNAL));
    } catch (error) {
      log.close();
      io.remove(path);
      throw error;
    }
    this.#log = log;
    this.#logLength = 0;
    this.#logs.push(path);
    return log;
  }

  #scheduleCheckpoint(): void {
    const isFull = this.#pendingBytes > CHECKPOINT_BYTES || this.#pending.size > CHECKPOINT_FILES;
    // One that is due is left alone: put off by every commit, it would wait until there are no more of them.
    if (this.#timer !== undefined && (!isFull || this.#isUrgent)) return;
    this.#checkpointIn(isFull ? 0 : CHECKPOINT_MS);
  }

  #checkpointIn(delayMs: number): void {
    this.#timer?.[Symbol.dispose]();
    this.#isUrgent = delayMs === 0;
    this.#timer = this.#options.clock.after(delayMs, () => {
      this.#timer = undefined;
      // Nothing is lost by a checkpoint that fails. The next one tries again, in a while as a full disk stays full,
      // and closing tells about it.
      this.checkpoint().catch((error: unknown) => {
        if (!hasCode(error, "AUTH_STORE_FENCED")) this.#checkpointIn(CHECKPOINT_MS);
      });
    });
  }

  async #applyPending(): Promise<void> {
    await this.#order.run("commit", () => this.#rotate());
    const writes = this.#applying;
    try {
      await Promise.all(this.#reads);
      await this.#writeFiles(writes);
      await this.#removeLogs();
    } catch (error) {
      for (const [path, content] of writes) {
        if (!this.#pending.has(path)) this.#accept({ path, content });
      }
      throw error;
    } finally {
      this.#applying = new Map();
    }
  }

  /** Ends the journal whose commits the checkpoint writes, so that later ones go into another. */
  async #rotate(): Promise<void> {
    // Files must not be ahead of the journal: a power cut could then leave half of a commit.
    if (this.#hasTornTail) this.#log?.truncate(this.#logLength);
    this.#hasTornTail = false;
    await this.#log?.sync();
    this.#isSynced = true;
    this.#log?.close();
    this.#log = undefined;
    this.#applying = this.#pending;
    this.#pending = new Map();
    this.#pendingBytes = 0;
  }

  async #writeFiles(writes: ReadonlyMap<string, Uint8Array | null>): Promise<void> {
    const { io } = this.#options;
    const queue = writes.entries();
    const atOnce = this.#isAlone ? FILES_AT_ONCE_ALONE : FILES_AT_ONCE;
    const worker = async (): Promise<void> => {
      for (const [path, content] of queue) await this.#writeFile(path, content);
    };
    // All of them, even when one fails: a straggler would set back what the next checkpoint writes.
    const outcomes = await Promise.allSettled(Array.from({ length: atOnce }, worker));
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    for (const folder of new Set([...writes.keys()].map((path) => dirname(path)))) {
      await io.syncFolder(this.#at(folder));
    }
  }

  async #writeFile(path: string, content: Uint8Array | null): Promise<void> {
    const { io, epoch, ensureOwned } = this.#options;
    if (content === null) {
      ensureOwned();
      io.remove(this.#at(path));
      return;
    }
    // A former owner that wakes up must not write into a file of the next one's.
    const temporary = this.#at(`${TEMPORARY}/file-${epoch}-${++this.#fileCount}`);
    try {
      await io.writeDurably(temporary, content);
      ensureOwned();
      io.rename(temporary, this.#at(path));
    } catch (error) {
      io.remove(temporary);
      throw error;
    }
  }

  // A journal that came back after a power cut would set files back that a later one had changed. So the oldest goes
  // first, and for good before the next one does.
  async #removeLogs(): Promise<void> {
    const { io } = this.#options;
    const current = this.#log === undefined ? undefined : this.#logs.at(-1);
    const done = this.#logs.filter((path) => path !== current);
    for (const path of done) {
      io.remove(path);
      await io.syncFolder(this.#at(JOURNAL));
    }
    this.#logs = this.#logs.filter((path) => !done.includes(path));
  }

  #removeTemporary(): void {
    const { io } = this.#options;
    for (const { name, kind } of io.list(this.#at(TEMPORARY)) ?? []) {
      const path = this.#at(`${TEMPORARY}/${name}`);
      if (kind === "folder") io.removeTree(path);
      else io.remove(path);
    }
  }

  async #replay(): Promise<void> {
    const { io, epoch, onDamage } = this.#options;
    const names = (io.list(this.#at(JOURNAL)) ?? []).map(({ name }) => name).toSorted();
    const journals = names.map((name) => {
      const content = io.read(this.#at(`${JOURNAL}/${name}`)) ?? Buffer.alloc(0);
      return { name, content };
    });
    const { writes, isDamaged, rewritten, leftOver } = planReplay(journals);
    const afterDamage = isDamaged ? onDamage(rewritten) : undefined;
    for (const write of writes) this.#accept(write);
    for (const write of afterDamage?.(this) ?? []) this.#accept(write);
    for (const [name, bytes] of leftOver) {
      io.write(this.#at(`${QUARANTINE}/journal-${name}-${epoch}`), bytes);
    }
    for (const name of names) {
      const path = this.#at(`${JOURNAL}/${name}`);
      // Its owner may not have waited for the disk. As above, files must not be ahead of the journal.
      await io.syncFile(path);
      this.#logs.push(path);
    }
    if (names.length > 0) await io.syncFolder(this.#at(JOURNAL));
  }
}
