import type { Clock } from "@motte/core/clock";
import { hasCode } from "@motte/core/errors";
import type { Random } from "@motte/core/random";
import type { BackendSession, WriteBatch, WriteOp } from "./backend.ts";
import { AuthStoreError } from "./errors.ts";
import type { Lease } from "./lease.ts";
import { mergeChanges } from "./merge-changes.ts";
import { publishMetric } from "./metrics.ts";
import { RecordCache } from "./record-cache.ts";
import { recordKey } from "./record-key.ts";
import { withRetries } from "./retry.ts";
import { type Change, WriteQueue } from "./write-queue.ts";

export interface RecordStoreOptions {
  readonly session: BackendSession;
  readonly sessionId: string;
  readonly lease: Lease;
  readonly clock: Clock;
  readonly random: Random;
  readonly cacheBytes: number;
  /** The creds as they are now. Called when a commit is put together, so that the latest are stored. */
  readonly encodeCreds: () => Uint8Array;
  /** The creds as the backend has them. */
  readonly durableCreds: Uint8Array | null;
}

/** Keys whose value may have changed while a read of them was under way. */
interface ReadUnderWay {
  readonly overtaken: Set<string>;
  allOvertaken: boolean;
}

/**
 * Records as bytes: read through a cache of durable values, written in groups.
 *
 * A read never sees a value that is not durable yet. A record that could not be read cannot be overwritten.
 */
export class RecordStore {
  readonly #options: RecordStoreOptions;
  readonly #cache: RecordCache;
  readonly #queue: WriteQueue;
  readonly #unreadable = new Set<string>();
  readonly #reads = new Set<ReadUnderWay>();
  #durableCreds: Uint8Array | null;
  // Random once, counted from there: asking the system for randomness at every commit is felt.
  readonly #batchPrefix: string;
  #batches = 0;
  #closed = false;

  constructor(options: RecordStoreOptions) {
    this.#options = options;
    this.#batchPrefix = options.random.bytes(16).toString("hex");
    this.#cache = new RecordCache(options.cacheBytes);
    this.#queue = new WriteQueue((changes) => this.#commit(changes));
    this.#durableCreds = options.durableCreds;
  }

  /** One entry per id, `null` for an absent record. */
  async read(type: string, ids: readonly string[]): Promise<readonly (Uint8Array | null)[]> {
    this.#assertOpen();
    const { lease, clock, sessionId } = this.#options;
    const startedAtMs = clock.monotonic();
    // Waiting for what need not be waited for would cost a cached read half its speed.
    if (!lease.isHeld) await lease.ensureHeld();
    const known = ids.map((id) => this.#cache.get(recordKey(type, id)));
    const missing = ids.filter((_, index) => known[index] === undefined);
    let found: ReadonlyMap<string, Uint8Array | null> | undefined;
    let failed = true;
    try {
      if (missing.length > 0) found = await this.#readThrough(type, [...new Set(missing)]);
      failed = false;
    } finally {
      publishMetric(() => {
        const hits = ids.length - missing.length;
        const durationMs = clock.monotonic() - startedAtMs;
        return { kind: "get", sessionId, type, ids: ids.length, hits, durationMs, failed };
      });
    }
    return ids.map((id, index) => known[index] ?? found?.get(id) ?? null);
  }

  /** The ids of one family that are stored. Read past the cache, so only what is durable is listed. */
  ids(type: string): AsyncGenerator<string> {
    return this.#listed(() => this.#options.session.ids(type));
  }

  /** The records of one family that are stored, with the promise of `ids`. */
  scan(type: string): AsyncGenerator<readonly [id: string, value: Uint8Array]> {
    return this.#listed(() => this.#options.session.scan(type));
  }

  /** Settles when the change is durable. */
  async write(change: Change): Promise<void> {
    this.#assertOpen();
    this.assertReadable(change.ops);
    await this.#queue.add(change);
  }

  /**
   * Throws when `ops` would overwrite a record whose last read failed.
   *
   * Baileys turns a failed session read into "no session" (libsignal.js loadSession) and would then store a new
   * record over the ratchet it could not see.
   */
  assertReadable(ops: readonly WriteOp[]): void {
    if (this.#unreadable.size === 0) return;
    const barred = ops.find(
      ({ op, type, id }) => op === "put" && this.#unreadable.has(recordKey(type, id)),
    );
    if (barred === undefined) return;
    throw new AuthStoreError(
      "AUTH_STORE_UNAVAILABLE",
      `A "${barred.type}" record could not be read and is not overwritten blindly: read it again first, or delete it`,
      { retryable: true },
    );
  }

  /** Whether the creds as they are now are stored. */
  get credsAreDurable(): boolean {
    return sameBytes(this.#options.encodeCreds(), this.#durableCreds);
  }

  /** Settles when everything written before has, and rejects when some of it could not be stored. */
  flush(): Promise<void> {
    return this.#queue.drain();
  }

  /** Refuses everything from now on; settles as `flush` does. */
  close(): Promise<void> {
    this.#closed = true;
    return this.flush();
  }

  async *#listed<T>(list: () => AsyncIterable<T>): AsyncGenerator<T> {
    this.#assertOpen();
    const { lease, clock } = this.#options;
    await lease.ensureHeld();
    // Only the beginning is tried again, from a fresh list: one that has failed would go on as if it had ended.
    const { iterator, first } = await withRetries(clock, async () => {
      const begun = list()[Symbol.asyncIterator]();
      return { iterator: begun, first: await begun.next() };
    });
    try {
      for (let step = first; step.done !== true; step = await iterator.next()) {
        yield step.value;
        this.#assertOpen();
      }
    } finally {
      await iterator.return?.();
    }
  }

  async #readThrough(
    type: string,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, Uint8Array | null>> {
    const { session, clock } = this.#options;
    const found = new Map<string, Uint8Array | null>();
    const reading: ReadUnderWay = { overtaken: new Set(), allOvertaken: false };
    this.#reads.add(reading);
    try {
      const values = await withRetries(clock, () => session.read(type, ids));
      ids.forEach((id, index) => {
        const value = values[index] ?? null;
        const key = recordKey(type, id);
        found.set(id, value);
        this.#unreadable.delete(key);
        if (!reading.allOvertaken && !reading.overtaken.has(key)) this.#cache.set(key, value);
      });
      return found;
    } catch (error) {
      for (const id of ids) this.#unreadable.add(recordKey(type, id));
      throw this.#noticeFence(error);
    } finally {
      this.#reads.delete(reading);
    }
  }

  async #commit(changes: readonly Change[]): Promise<void> {
    const { session, sessionId, lease, clock } = this.#options;
    const startedAtMs = clock.monotonic();
    if (!lease.isHeld) await lease.ensureHeld();
    const merged = mergeChanges(changes);
    const ops = merged.ops.filter((op) => merged.clear !== undefined || this.#changesSomething(op));
    // A pre-key and the creds that count it belong together: stored apart, a crash between them makes Baileys
    // mint the same id again with another key (socket.js uploadPreKeys, messages-recv.js sendRetryRequest).
    const withCreds =
      merged.creds || ops.some(({ op, type }) => op === "put" && type === "pre-key");
    const encoded = withCreds ? this.#options.encodeCreds() : undefined;
    const creds =
      encoded === undefined || sameBytes(encoded, this.#durableCreds) ? undefined : encoded;
    if (ops.length === 0 && creds === undefined && merged.clear === undefined) return;

    const batch = {
      batchId: `${this.#batchPrefix}-${++this.#batches}`,
      ops,
      ...(creds !== undefined && { creds }),
      ...(merged.clear !== undefined && { clear: merged.clear }),
    };
    let tries = 0;
    let failed = true;
    try {
      await withRetries(clock, () => {
        tries += 1;
        return session.commit(batch);
      });
      failed = false;
    } catch (error) {
      // The outcome may be unknown, so what was known of these records no longer is.
      if (creds !== undefined) this.#durableCreds = null;
      for (const { type, id } of ops) this.#forget(recordKey(type, id));
      throw this.#noticeFence(error);
    } finally {
      publishMetric(() => ({
        kind: "commit",
        sessionId,
        changes: changes.length,
        elided: merged.ops.length - ops.length,
        ...sizesOf(batch),
        retries: tries - 1,
        durationMs: clock.monotonic() - startedAtMs,
        failed,
      }));
    }
    if (creds !== undefined) this.#durableCreds = creds;
    if (merged.clear !== undefined) this.#forgetAll();
    for (const op of ops) this.#remember(op);
  }

  #changesSomething(op: WriteOp): boolean {
    const known = this.#cache.get(recordKey(op.type, op.id));
    if (op.op === "put") return !sameBytes(op.value, known);
    return op.op === "quarantine" || known !== null;
  }

  #remember(op: WriteOp): void {
    const key = recordKey(op.type, op.id);
    this.#overtakeReads(key);
    if (op.op === "quarantine") {
      this.#cache.delete(key);
      return;
    }
    if (op.op === "del") this.#unreadable.delete(key);
    this.#cache.set(key, op.op === "put" ? op.value : null);
  }

  #forget(key: string): void {
    this.#cache.delete(key);
    this.#overtakeReads(key);
  }

  #overtakeReads(key: string): void {
    for (const reading of this.#reads) reading.overtaken.add(key);
  }

  #forgetAll(): void {
    this.#cache.clear();
    this.#unreadable.clear();
    for (const reading of this.#reads) reading.allOvertaken = true;
  }

  #assertOpen(): void {
    if (this.#options.lease.lost !== undefined) throw this.#options.lease.lost;
    if (this.#closed) {
      throw new AuthStoreError(
        "AUTH_STORE_CLOSED",
        "This auth state has been closed: open it again",
      );
    }
  }

  #noticeFence(error: unknown): unknown {
    return hasCode(error, "AUTH_STORE_FENCED") ? this.#options.lease.lose(error) : error;
  }
}

function sizesOf(batch: Omit<WriteBatch, "batchId">) {
  const values = batch.ops.flatMap((op) =>
    op.op === "put" ? [{ type: op.type, bytes: op.value.length }] : [],
  );
  const recordBytes = values.reduce((sum, { bytes }) => sum + bytes, 0);
  const bytes = recordBytes + (batch.creds?.length ?? 0);
  return { ops: batch.ops.length, creds: batch.creds !== undefined, bytes, values };
}

function sameBytes(a: Uint8Array, b: Uint8Array | null | undefined): boolean {
  return a.length === b?.length && Buffer.compare(a, b) === 0;
}
