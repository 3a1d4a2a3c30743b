import type { TableName } from "../table.ts";

/** What a row became, and how memory goes back to what it was. */
export interface RowChange {
  readonly table: TableName;
  readonly key: string;
  /** Encoded; `undefined` when the row was deleted. */
  readonly value: Uint8Array | undefined;
  readonly undo: () => void;
}

type WrittenChange = Omit<RowChange, "undo">;

/** Changes that are written together, the last of each row. */
export interface Batch {
  readonly changes: readonly WrittenChange[];
  /** When the first was made, on the monotonic clock. */
  readonly sinceMs: number;
}

interface OpenBatch {
  readonly changes: Map<string, WrittenChange>;
  readonly sinceMs: number;
  sealed: boolean;
}

/** A script keeps Redis from everybody else while it runs, so one that would be longer is made two. */
const LARGE_BATCH = 1000;

/**
 * The changes that Redis does not have yet, in batches: whole steps, in their order. However many of them Redis has
 * got, it holds what was true at some moment.
 */
export class ChangeLog {
  #batches: OpenBatch[] = [];
  #entries = 0;
  readonly #step: RowChange[] = [];
  #depth = 0;

  /** Changes that wait. */
  get entries(): number {
    return this.#entries;
  }

  get sinceMs(): number | undefined {
    return this.#batches[0]?.sinceMs;
  }

  /** True within `atomically`. */
  get isInStep(): boolean {
    return this.#depth > 0;
  }

  add(change: RowChange, nowMs: number): void {
    this.#step.push(change);
    if (this.#depth === 0) this.#keepStep(nowMs);
  }

  /** Keeps all changes that `work` adds in one batch, or undoes them when it throws. May be nested. */
  atomically<T>(work: () => T, nowMs: () => number): T {
    const start = this.#step.length;
    this.#depth += 1;
    try {
      return work();
    } catch (error) {
      for (const { undo } of this.#step.splice(start).toReversed()) undo();
      throw error;
    } finally {
      this.#depth -= 1;
      if (this.#depth === 0) this.#keepStep(nowMs());
    }
  }

  /** The oldest batch, to which nothing is added any more. */
  first(): Batch | undefined {
    const [batch] = this.#batches;
    if (batch === undefined) return undefined;
    batch.sealed = true;
    return { changes: [...batch.changes.values()], sinceMs: batch.sinceMs };
  }

  /** Forgets the oldest batch: it is written. */
  shift(): void {
    this.#entries -= this.#batches.shift()?.changes.size ?? 0;
  }

  /** Forgets what waits. */
  clear(): void {
    this.#batches = [];
    this.#entries = 0;
  }

  #keepStep(nowMs: number): void {
    const step = this.#step.splice(0);
    if (step.length === 0) return;
    let last = this.#batches.at(-1);
    if (last === undefined || last.sealed || last.changes.size >= LARGE_BATCH) {
      last = { changes: new Map(), sinceMs: nowMs, sealed: false };
      this.#batches.push(last);
    }
    const before = last.changes.size;
    for (const { table, key, value } of step) {
      last.changes.set(`${table} ${key}`, { table, key, value });
    }
    this.#entries += last.changes.size - before;
  }
}
