import type { Clock } from "@motte/core/clock";
import { hasCode } from "@motte/core/errors";
import type { BackendSession, CredsGeneration, Fence, WriteBatch } from "../../backend.ts";
import { AuthStoreError } from "../../errors.ts";
import { generationFiles, planCommit } from "./commit.ts";
import { withFileErrors } from "./errors.ts";
import type { JournaledFolder } from "./folder.ts";
import { CREDS, OPAQUE_CREDS } from "./layout.ts";
import type { FileLock } from "./lock.ts";
import type { FolderMeta } from "./meta.ts";
import { type FilePlaces, valueOfOwnFile } from "./places.ts";
import type { FileValues } from "./values.ts";

const PAGE_RECORDS = 256;

export interface FileSessionParts {
  readonly sessionId: string;
  readonly location: string;
  readonly credsGenerationsAt: string;
  readonly fence: Fence;
  readonly folder: JournaledFolder;
  readonly lock: FileLock;
  readonly places: FilePlaces;
  readonly values: FileValues;
  readonly meta: FolderMeta;
  readonly clock: Clock;
  readonly durability: "commit" | "process";
  readonly assertOpen: () => void;
}

/** One acquired session in a folder of files. */
export class FileSession implements BackendSession {
  readonly fence: Fence;
  readonly credsGenerationsAt: string;
  readonly #parts: FileSessionParts;
  #meta: FolderMeta;
  #lastBatch: string | undefined;
  #released: Promise<void> | undefined;

  constructor(parts: FileSessionParts) {
    this.fence = parts.fence;
    this.credsGenerationsAt = parts.credsGenerationsAt;
    this.#parts = parts;
    this.#meta = parts.meta;
  }

  readCreds(): Promise<Uint8Array | null> {
    return this.#run(async () => {
      const [opaque = null, text = null] = await this.#parts.folder.read([OPAQUE_CREDS, CREDS]);
      if (opaque !== null) return opaque;
      return text === null ? null : this.#parts.values.credsFromText(text);
    });
  }

  readCredsHistory(): Promise<readonly CredsGeneration[]> {
    return this.#run(async () => {
      const { folder, values } = this.#parts;
      const files = generationFiles(folder);
      const contents = await folder.read(files.map(({ path }) => path));
      return files.flatMap(({ path, revision, replacedAtMs }, index) => {
        const content = contents[index] ?? null;
        if (content === null) return [];
        const creds = path.endsWith(".json") ? values.credsFromText(content) : content;
        return [{ revision, replacedAtMs, creds }];
      });
    });
  }

  readMeta(): Promise<ReadonlyMap<string, Uint8Array>> {
    return this.#run(() => {
      const entries = Object.entries(this.#meta.meta);
      return new Map(entries.map(([name, value]) => [name, Buffer.from(value, "base64")]));
    });
  }

  read(type: string, ids: readonly string[]): Promise<readonly (Uint8Array | null)[]> {
    return this.#run(async () => {
      const paths = ids.map((id) => this.#parts.places.find({ type, id }));
      const present = paths.filter((path) => path !== undefined);
      const contents = await this.#parts.folder.read(present);
      let next = 0;
      return paths.map((path) => {
        const content = path === undefined ? null : (contents[next++] ?? null);
        return path === undefined || content === null ? null : this.#value(type, path, content);
      });
    });
  }

  commit(batch: WriteBatch): Promise<void> {
    return this.#run(async () => {
      const { folder, places, values, clock, durability } = this.#parts;
      // As in SQLite: a few ratchet steps may be lost in a power cut if the caller accepts it, creds never.
      const durable = durability === "commit" || batch.creds !== undefined;
      await folder.commit(
        () => {
          if (this.#lastBatch === batch.batchId) return undefined;
          const parts = { folder, places, values, meta: this.#meta, nowMs: clock.now() };
          const { writes, meta } = planCommit(parts, batch);
          const done = (): void => {
            this.#lastBatch = batch.batchId;
            this.#meta = meta;
            places.others = new Set(meta.families);
            places.note(writes);
          };
          return { writes, done };
        },
        { durable },
      );
    });
  }

  types(): Promise<readonly string[]> {
    return this.#run(() => [...new Set([...this.#parts.places.all()].map(({ type }) => type))]);
  }

  async *ids(type: string): AsyncGenerator<string> {
    for (const { id } of await this.#recordsOf(type)) yield id;
  }

  async *scan(type: string): AsyncGenerator<readonly [string, Uint8Array]> {
    const records = await this.#recordsOf(type);
    for (let from = 0; from < records.length; from += PAGE_RECORDS) {
      const ids = records.slice(from, from + PAGE_RECORDS).map(({ id }) => id);
      const values = await this.read(type, ids);
      for (const [index, id] of ids.entries()) {
        const value = values[index] ?? null;
        if (value !== null) yield [id, value];
      }
    }
  }

  renew(): Promise<"renewed" | "lost"> {
    return this.#run(() => this.#parts.lock.renew());
  }

  release(): Promise<void> {
    return (this.#released ??= withFileErrors(this.#parts.location, () => this.#giveUp()));
  }

  async #giveUp(): Promise<void> {
    const { folder, lock } = this.#parts;
    try {
      // A session that was deleted has no folder that its last changes could go to.
      lock.ensureHeld();
      await folder.close();
    } catch (error) {
      // The journal holds what the files lack, and the next owner replays it.
      folder.abandon();
      if (!hasCode(error, "AUTH_STORE_FENCED")) {
        lock.release();
        throw error;
      }
    }
    lock.release();
  }

  #recordsOf(type: string): Promise<{ readonly id: string }[]> {
    return this.#run(() => [...this.#parts.places.all()].filter((record) => record.type === type));
  }

  #value(type: string, path: string, content: Buffer): Buffer {
    if (path.startsWith(".")) return valueOfOwnFile(content);
    return this.#parts.values.recordFromText(type, content);
  }

  #run<T>(work: () => Promise<T> | T): Promise<T> {
    return withFileErrors(this.#parts.location, () => {
      this.#parts.assertOpen();
      if (this.#released === undefined) return work();
      const { sessionId } = this.#parts;
      throw new AuthStoreError(
        "AUTH_STORE_CLOSED",
        "This session has been given up: open it again",
        { sessionId },
      );
    });
  }
}
