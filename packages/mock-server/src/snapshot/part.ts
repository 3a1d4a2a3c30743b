import type { Account } from "../world/account.ts";

/**
 * A part of the world that a snapshot holds. `T` is plain: objects, lists, strings, numbers, booleans and bytes.
 *
 * Methods, not functions in properties, so that parts of any `T` fit into one list: each gets back only what it gave.
 */
export interface SnapshotPart<T> {
  toSnapshot(): T;
  /** Takes the place of all this part holds. */
  fromSnapshot(snapshot: T): void;
}

/** The account with this phone number, which is how snapshots name people. */
export type FindAccount = (phoneNumber: string) => Account;

/** A snapshot shows the world without connections: when those who are connected would have been there last. */
export interface Parting {
  /** In milliseconds since the epoch, like `Companion.leftAt`. */
  leftAt(device: { readonly leftAt: number | undefined }): number | undefined;
  /** In milliseconds since the epoch, like `AccountSettings.lastSeenAt`. */
  lastSeenAt(account: Account): number | undefined;
}
