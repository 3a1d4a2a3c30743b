import type { WriteBatch, WriteOp } from "../../backend.ts";
import type { JournaledFolder } from "./folder.ts";
import type { FileWrite } from "./journal.ts";
import { CREDS, GENERATIONS, META, OPAQUE_CREDS, QUARANTINE, escapeName } from "./layout.ts";
import { type FolderMeta, encodeFolderMeta } from "./meta.ts";
import { fileOfRecord } from "./names.ts";
import { type FilePlaces, encodeOwnFile, isNewFamily, ownPath, valueOfOwnFile } from "./places.ts";
import type { FileValues } from "./values.ts";

const GENERATIONS_KEPT = 5;

export interface FileCommitParts {
  readonly folder: JournaledFolder;
  readonly places: FilePlaces;
  readonly values: FileValues;
  readonly meta: FolderMeta;
  readonly nowMs: number;
}

export interface PlannedCommit {
  readonly writes: readonly FileWrite[];
  readonly meta: FolderMeta;
}

/** The files as they are to be after `batch`. Changes nothing yet. */
export function planCommit(parts: FileCommitParts, batch: WriteBatch): PlannedCommit {
  return new CommitPlan(parts).planned(batch);
}

class CommitPlan {
  readonly #parts: FileCommitParts;
  readonly #writes = new Map<string, Uint8Array | null>();
  readonly #families: Set<string>;
  readonly #spellings = new Map<string, string>();

  constructor(parts: FileCommitParts) {
    this.#parts = parts;
    this.#families = new Set(parts.meta.families);
  }

  planned(batch: WriteBatch): PlannedCommit {
    if (batch.clear !== undefined) {
      for (const { path } of this.#parts.places.all()) this.#writes.set(path, null);
    }
    for (const op of batch.ops) this.#apply(op);
    if (batch.creds !== undefined) this.#replaceCreds(batch.creds);
    const meta = this.#changedMeta(batch.meta);
    return { writes: [...this.#writes].map(([path, content]) => ({ path, content })), meta };
  }

  #apply(op: WriteOp): void {
    switch (op.op) {
      case "put":
        this.#put(op);
        return;
      case "del":
        this.#remove(op);
        return;
      case "quarantine":
        this.#setAside(op);
    }
  }

  #put(op: WriteOp & { readonly op: "put" }): void {
    const { type, value } = op;
    const file = this.#usableFile(op);
    const text = file === undefined ? undefined : this.#parts.values.recordToText(type, value);
    if (file === undefined || text === undefined) {
      this.#writes.set(ownPath(op), encodeOwnFile(op, value));
      if (file !== undefined && this.#exists(file)) this.#writes.set(file, null);
      return;
    }
    this.#writes.set(file, text);
    this.#spellings.set(file.toLowerCase(), file);
    if (isNewFamily(type, this.#families)) this.#families.add(type);
    if (this.#exists(ownPath(op))) this.#writes.set(ownPath(op), null);
  }

  #remove(op: WriteOp): void {
    for (const path of [ownPath(op), this.#usableFile(op)]) {
      if (path !== undefined && this.#exists(path)) this.#writes.set(path, null);
    }
  }

  #setAside(op: WriteOp & { readonly op: "quarantine" }): void {
    const own = ownPath(op);
    const path = this.#exists(own) ? own : this.#usableFile(op);
    const content = path === undefined ? null : this.#read(path);
    if (path === undefined || content === null) return;
    const value =
      path === own ? valueOfOwnFile(content) : this.#parts.values.recordFromText(op.type, content);
    if (!value.equals(op.value)) return;
    const name = `${this.#parts.nowMs}-${escapeName(op.reason)}-${path.slice(path.lastIndexOf("/") + 1)}`;
    this.#writes.set(`${QUARANTINE}/${name}`, content);
    this.#writes.set(path, null);
  }

  #replaceCreds(creds: Uint8Array): void {
    const { folder, values, nowMs } = this.#parts;
    const generations = generationFiles(folder);
    for (const path of [CREDS, OPAQUE_CREDS]) {
      const replaced = this.#read(path);
      if (replaced === null) continue;
      const revision = (generations[0]?.revision ?? 0) + 1;
      const suffix = path === CREDS ? "json" : "bin";
      this.#writes.set(`${GENERATIONS}/${revision}-${nowMs}.${suffix}`, replaced);
      for (const { path: old } of generations.slice(GENERATIONS_KEPT - 1))
        this.#writes.set(old, null);
      this.#writes.set(path, null);
    }
    const text = values.credsToText(creds);
    if (text === undefined) this.#writes.set(OPAQUE_CREDS, Uint8Array.from(creds));
    else this.#writes.set(CREDS, text);
  }

  #changedMeta(changes: WriteBatch["meta"]): FolderMeta {
    const { meta, nowMs } = this.#parts;
    if (changes === undefined && this.#families.size === meta.families.length) return meta;
    const entries = new Map(Object.entries(meta.meta));
    for (const [name, value] of changes ?? []) {
      if (value === null) entries.delete(name);
      else entries.set(name, Buffer.from(value).toString("base64"));
    }
    const changed: FolderMeta = {
      ...meta,
      updatedAtMs: nowMs,
      families: [...this.#families],
      meta: Object.fromEntries(entries),
    };
    this.#writes.set(META, encodeFolderMeta(changed));
    return changed;
  }

  /** The record's file in Baileys' layout, if it can have it. */
  #usableFile(op: WriteOp): string | undefined {
    const file = fileOfRecord(op, this.#families);
    if (file === undefined) return undefined;
    const spelling = this.#spellings.get(file.toLowerCase()) ?? file;
    return this.#parts.places.isTaken(file) || this.#isSpelledOtherwise(file, spelling)
      ? undefined
      : file;
  }

  #isSpelledOtherwise(file: string, spelling: string): boolean {
    return this.#parts.places.ignoresCase && spelling !== file;
  }

  #exists(path: string): boolean {
    const planned = this.#writes.get(path);
    if (planned !== undefined) return planned !== null;
    return path.startsWith(".") ? this.#parts.places.isOwn(path) : this.#parts.folder.exists(path);
  }

  #read(path: string): Buffer | null {
    const planned = this.#writes.get(path);
    if (planned === undefined) return this.#parts.folder.readNow(path);
    return planned === null ? null : Buffer.from(planned);
  }
}

export interface GenerationFile {
  readonly path: string;
  readonly revision: number;
  readonly replacedAtMs: number;
}

/** The files of earlier creds, newest first. */
export function generationFiles(folder: JournaledFolder): GenerationFile[] {
  return folder
    .list(GENERATIONS)
    .flatMap((name): GenerationFile[] => {
      const [, revision, replacedAtMs] = /^(\d+)-(-?\d+)\.(?:json|bin)$/.exec(name) ?? [];
      if (revision === undefined) return [];
      const path = `${GENERATIONS}/${name}`;
      return [{ path, revision: Number(revision), replacedAtMs: Number(replacedAtMs) }];
    })
    .toSorted((a, b) => b.revision - a.revision);
}
