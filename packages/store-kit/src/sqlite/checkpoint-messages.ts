import type { SqliteDriver } from "@motte/core/sqlite";

/** What the thread is asked: to move the write-ahead log of one database into its file. */
export interface CheckpointRequest {
  readonly number: number;
  readonly file: string;
  readonly driver: SqliteDriver;
  /** Not only move the log: also leave nothing of it on the disk. */
  readonly empty: boolean;
  /** Shared by both ends, indexed by the constants below. */
  readonly shared: Int32Array;
}

export interface CheckpointReport {
  readonly number: number;
  /** Nothing is left of the log. False when it was not asked for, or when somebody reads from it or writes. */
  readonly isEmptied: boolean;
  /** Why it failed. */
  readonly error?: string;
}

/** Where `shared` says whose turn it is: the thread opens the file only between its own turn's start and end. */
export const TURN = 0;
export const NOBODY = 0;
export const THREAD = 1;
/** The database is closed, and may be deleted: the thread must not open it again. */
export const CLOSED = 2;

/** Where `shared` has the number of the request that was done last, of either kind. */
export const DONE = 1;
/** Where `shared` has the number of the request to empty that was done last, and how that one went. */
export const EMPTYING_DONE = 2;
export const OUTCOME = 3;
export const HELD = 0;
export const EMPTIED = 1;
export const FAILED = 2;

export const SHARED_BYTES = 16;
