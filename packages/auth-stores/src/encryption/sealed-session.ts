import { UsageError } from "@motte/core/errors";
import { KeyedMutex } from "@motte/core/keyed-mutex";
import { systemRandom } from "@motte/core/random";
import type { BackendSession, CredsGeneration, Fence, WriteBatch, WriteOp } from "../backend.ts";
import { recordKey } from "../record-key.ts";
import type { KeyProvider } from "./key-provider.ts";
import { type KeyRing, RING_META, encodeRing, newestKey, withNewKey } from "./key-ring.ts";
import { RecordSeal, sealedGeneration } from "./record-seal.ts";

// Writes are accounted for in blocks, so that counting costs one small row in thousands of writes.
const WRITES_PER_BLOCK = 4096;

export interface SealedSessionParts {
  readonly inner: BackendSession;
  readonly sessionId: string;
  readonly provider: KeyProvider;
  readonly ring: KeyRing;
  /** Whether the ring is stored as it is; else the next commit takes it along. */
  readonly ringIsDurable: boolean;
  readonly rotateAfterWrites: number;
  /** How many earlier creds the backend keeps. */
  readonly credsGenerations: number;
  readonly onRelease: () => void;
}

/** An acquired session whose values are encrypted on their way in and decrypted on their way out. */
export class SealedSession implements BackendSession {
  readonly fence: Fence;
  readonly #parts: SealedSessionParts;
  readonly #seal: RecordSeal;
  readonly #order = new KeyedMutex();
  // The newest ring, stored or not. It is never taken back: after a commit with an unknown outcome it may be the
  // stored one, and keys made anew would then not open what that commit wrote.
  #ring: KeyRing;
  #ringIsDurable: boolean;
  #writes: number;
  #accountedBatch: string | undefined;

  constructor(parts: SealedSessionParts) {
    this.fence = parts.inner.fence;
    this.#parts = parts;
    this.#seal = new RecordSeal(parts.sessionId);
    this.#ring = parts.ring;
    this.#ringIsDurable = parts.ringIsDurable;
    this.#writes = parts.ring.writes;
  }

  async readCreds(): Promise<Uint8Array | null> {
    const stored = await this.#parts.inner.readCreds();
    return stored === null ? null : this.#seal.openCreds(this.#ring, stored);
  }

  async readCredsHistory(): Promise<readonly CredsGeneration[]> {
    const history = await this.#parts.inner.readCredsHistory();
    return history.map((earlier) => ({
      ...earlier,
      creds: this.#seal.openCreds(this.#ring, earlier.creds),
    }));
  }

  async readMeta(): Promise<ReadonlyMap<string, Uint8Array>> {
    const meta = new Map(await this.#parts.inner.readMeta());
    meta.delete(RING_META);
    return meta;
  }

  async read(type: string, ids: readonly string[]): Promise<readonly (Uint8Array | null)[]> {
    const storedIds = ids.map((id) => this.#seal.storedId(this.#ring, type, id));
    const values = await this.#parts.inner.read(type, storedIds);
    return storedIds.map((storedId, index) => {
      const value = values[index] ?? null;
      return value && this.#seal.openRecord(this.#ring, type, storedId, value).value;
    });
  }

  commit(batch: WriteBatch): Promise<void> {
    return this.#inOrder(() => this.#commit(batch));
  }

  types(): Promise<readonly string[]> {
    return this.#parts.inner.types();
  }

  async *ids(type: string): AsyncGenerator<string> {
    if (this.#ring.index === undefined) yield* this.#parts.inner.ids(type);
    else for await (const [id] of this.scan(type)) yield id;
  }

  async *scan(type: string): AsyncGenerator<readonly [string, Uint8Array]> {
    for await (const [storedId, stored] of this.#parts.inner.scan(type)) {
      const { id, value } = this.#seal.openRecord(this.#ring, type, storedId, stored);
      yield [id, value];
    }
  }

  renew(): Promise<"renewed" | "lost"> {
    return this.#parts.inner.renew();
  }

  async release(): Promise<void> {
    await this.#inOrder(() => this.#parts.inner.release());
    this.#parts.onRelease();
  }

  /** The generation of the data key that encrypts. */
  get generation(): number {
    return newestKey(this.#ring).generation;
  }

  /** Makes a new data key and encrypts with it from now on. What is stored stays readable. */
  rotate(): Promise<void> {
    return this.#inOrder(async () => {
      await this.#addKey();
      await this.#commit({ batchId: newBatchId(), ops: [] });
    });
  }

  /** Stores the ring if it is not stored as it is. */
  storeRing(): Promise<void> {
    return this.#inOrder(async () => {
      if (!this.#ringIsDurable) await this.#commit({ batchId: newBatchId(), ops: [] });
    });
  }

  /** Encrypts records of one family again, under the newest key, and tells how many of them do not open. */
  resealRecords(type: string, storedIds: readonly string[]): Promise<number> {
    return this.#inOrder(async () => {
      const stored = await this.#parts.inner.read(type, storedIds);
      const ops: WriteOp[] = [];
      let unreadable = 0;
      for (const [index, storedId] of storedIds.entries()) {
        const bytes = stored[index] ?? null;
        if (bytes === null || !this.isOutdated(bytes)) continue;
        const { id, value, opened } = this.#seal.openRecord(this.#ring, type, storedId, bytes);
        if (opened) ops.push({ op: "put", type, id, value });
        else unreadable += 1;
      }
      if (ops.length > 0) await this.#commit({ batchId: newBatchId(), ops });
      return unreadable;
    });
  }

  /**
   * Stores the creds again until neither they nor their earlier generations are of an older key. `false` when that
   * is out of reach, as the creds do not open.
   */
  resealCreds(): Promise<boolean> {
    return this.#inOrder(async () => {
      const { inner, credsGenerations } = this.#parts;
      for (let stores = 0; ; stores++) {
        const stored = await inner.readCreds();
        if (stored === null) return true;
        const history = await inner.readCredsHistory();
        const all = [stored, ...history.map(({ creds }) => creds)];
        if (!all.some((creds) => this.isOutdated(creds))) return true;
        const opens = this.#seal.opensAsCreds(this.#ring, stored);
        if (!opens || stores > credsGenerations) return false;
        const creds = this.#seal.openCreds(this.#ring, stored);
        await this.#commit({ batchId: newBatchId(), ops: [], creds });
      }
    });
  }

  /** Forgets every data key but the newest. Only when nothing is stored under them any more. */
  dropOlderKeys(): Promise<void> {
    return this.#inOrder(async () => {
      if (this.#ring.keys.length === 1) return;
      this.#seal.keepAtHand(this.#ring.keys);
      this.#setRing({ ...this.#ring, keys: [newestKey(this.#ring)] });
      await this.#commit({ batchId: newBatchId(), ops: [] });
    });
  }

  /** Forgets that the earlier creds were stored before the session was encrypted. */
  historyIsSealed(): Promise<void> {
    return this.#inOrder(async () => {
      this.#setRing({ ...this.#ring, plainHistory: false });
      await this.#commit({ batchId: newBatchId(), ops: [] });
    });
  }

  /** Whether stored bytes are not sealed with the newest key. */
  isOutdated(stored: Uint8Array): boolean {
    return sealedGeneration(stored) !== this.generation;
  }

  #inOrder<T>(work: () => Promise<T>): Promise<T> {
    return this.#order.run("", work);
  }

  async #commit(batch: WriteBatch): Promise<void> {
    if (batch.meta?.has(RING_META) === true) {
      throw new UsageError(
        "USAGE_INVALID_OPTION",
        `The meta entry "${RING_META}" of an encrypted session belongs to its encryption: use another name`,
      );
    }
    // A batch that comes again may be stored already, and what the backend then leaves out must not be a new key.
    if (batch.batchId !== this.#accountedBatch) await this.#account(batch);
    this.#accountedBatch = batch.batchId;
    const ops = await this.#sealedOps(batch);
    const { creds, meta, ...rest } = batch;
    const ring = this.#ringIsDurable ? undefined : this.#ring;
    await this.#parts.inner.commit({
      ...rest,
      ops,
      ...(creds !== undefined && { creds: this.#seal.sealCreds(this.#ring, creds) }),
      ...((meta !== undefined || ring !== undefined) && {
        meta: new Map([
          ...(meta ?? []),
          ...(ring === undefined ? [] : ([[RING_META, this.#encodedRing(ring)]] as const)),
        ]),
      }),
    });
    this.#ringIsDurable = true;
  }

  /** Counts the values a batch encrypts, and moves on to a new data key before the newest has had too many. */
  async #account(batch: WriteBatch): Promise<void> {
    const values = batch.ops.filter(({ op }) => op === "put").length;
    const count = values + (batch.creds === undefined ? 0 : 1);
    if (this.#writes + count > this.#parts.rotateAfterWrites && this.#writes > 0) {
      await this.#addKey();
    }
    this.#writes += count;
    if (this.#writes <= this.#ring.writes) return;
    const blocks = Math.ceil(this.#writes / WRITES_PER_BLOCK);
    this.#setRing({ ...this.#ring, writes: blocks * WRITES_PER_BLOCK });
  }

  async #sealedOps(batch: WriteBatch): Promise<readonly WriteOp[]> {
    const ops: WriteOp[] = [];
    const before = new Map<string, Uint8Array | null>();
    const storedBefore = async (type: string, storedId: string): Promise<Uint8Array | null> => {
      const earlier = before.get(recordKey(type, storedId));
      if (earlier !== undefined || batch.clear !== undefined) return earlier ?? null;
      const [stored = null] = await this.#parts.inner.read(type, [storedId]);
      return stored;
    };
    for (const op of batch.ops) {
      const { type } = op;
      const id = this.#seal.storedId(this.#ring, type, op.id);
      const key = recordKey(type, id);
      if (op.op === "put") {
        const value = this.#seal.sealRecord(this.#ring, type, id, op);
        ops.push({ op: "put", type, id, value });
        before.set(key, value);
      } else if (op.op === "del") {
        ops.push({ op: "del", type, id });
        before.set(key, null);
      } else {
        // The caller names the value as it reads; the backend compares the bytes as they are stored.
        const stored = await storedBefore(type, id);
        if (stored === null) continue;
        const { value } = this.#seal.openRecord(this.#ring, type, id, stored);
        if (Buffer.compare(value, op.value) !== 0) continue;
        ops.push({ op: "quarantine", type, id, value: stored, reason: op.reason });
        before.set(key, null);
      }
    }
    return ops;
  }

  async #addKey(): Promise<void> {
    this.#setRing(await withNewKey(this.#ring, this.#parts.provider));
    this.#writes = 0;
  }

  #setRing(ring: KeyRing): void {
    this.#ring = ring;
    this.#ringIsDurable = false;
  }

  #encodedRing(ring: KeyRing): Uint8Array {
    return encodeRing(this.#parts.sessionId, ring);
  }
}

export function newBatchId(): string {
  return systemRandom.bytes(16).toString("hex");
}
