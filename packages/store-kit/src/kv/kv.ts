import type { SweepBudget, SweepReport } from "../sqlite/sweep-budget.ts";

/** What is kept under one key. */
export interface Stored {
  readonly value: Uint8Array;
  /** When it ends, in milliseconds since the Unix epoch; without it, never. */
  readonly expiresAtMs?: number;
}

/** One key set, or deleted when `value` is `undefined`. A value that has already expired deletes, too. */
export interface Change {
  readonly key: string;
  readonly value: Uint8Array | undefined;
  /**
   * When it ends, in milliseconds since the Unix epoch. A moment and not a length, so that copying an entry from one
   * place to another never makes it live longer. @defaultValue never
   */
  readonly expiresAtMs?: number;
}

export interface KVCapabilities {
  /** One `write` is seen, and survives a crash, as a whole or not at all. */
  readonly atomicWrite: boolean;
  /** What is written is there after this process has ended. */
  readonly persistent: boolean;
}

/**
 * Bytes under keys, with an end to their life: the second level behind a cache.
 *
 * - Keys are any text, told apart by every character. Values are any bytes, copied in and out.
 * - An entry is there while the wall clock is before `expiresAtMs`.
 * - A failure rejects. It is never answered as "not there", and a read is never answered in part.
 * - Calls for the same key take effect in the order they were made.
 */
export interface KV {
  /** Names the backend, e.g. `"sqlite"`. */
  readonly name: string;
  readonly capabilities: KVCapabilities;
  /** What is there of `keys`. */
  getMany(keys: readonly string[]): Promise<ReadonlyMap<string, Stored>>;
  /** Makes the changes. Of two changes of one key the later wins. */
  write(changes: readonly Change[]): Promise<void>;
  /** Deletes every key of this namespace, and none of another's. */
  clear(): Promise<void>;
  /**
   * A namespace inside this one, with keys of its own. Names are any text and cannot run into each other. The same
   * name gives the same keys. `close` on it does nothing: the whole may be in use elsewhere.
   */
  namespace(name: string): KV;
  /** Frees the room of expired entries in this and every other namespace. Absent where nothing needs to. */
  sweep?(budget?: SweepBudget): Promise<SweepReport>;
  /** Lets go of the backend; a client or handle that was passed in stays open. A second call does nothing. */
  close(): Promise<void>;
}

/** A `KV` namespace as one text. JSON ends where it says it ends, so no name reaches into another. */
export function namespacePath(names: readonly string[]): string {
  return JSON.stringify(names);
}

/** True when a change leaves nothing under its key. */
export function isDeletion({ value, expiresAtMs }: Change, nowMs: number): boolean {
  return value === undefined || (expiresAtMs !== undefined && expiresAtMs <= nowMs);
}

/** `Stored` without a field that has no value. */
export function stored(value: Uint8Array, expiresAtMs: number | undefined): Stored {
  return expiresAtMs === undefined ? { value } : { value, expiresAtMs };
}
