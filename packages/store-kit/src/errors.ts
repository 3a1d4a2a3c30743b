import { MotteError } from "@motte/core/errors";

export type StoreKitErrorCode =
  /** The database or the server refused a read or a write: locked, disk full, no connection. The cause says which. */
  | "STORE_KIT_UNAVAILABLE"
  /** The database belongs to another program. Nothing was changed in it. */
  | "STORE_KIT_FOREIGN_DATABASE"
  /** A newer release wrote this database. Nothing was changed in it. */
  | "STORE_KIT_SCHEMA_NEWER"
  /** What was to be imported is not what it was said to be. Nothing was imported. */
  | "STORE_KIT_IMPORT_UNREADABLE"
  /** A stored body is damaged or of a kind this release does not know. It is never handed out. */
  | "STORE_KIT_BODY_UNREADABLE"
  /** An event or a message could not be understood, and that one was left out. */
  | "STORE_KIT_EVENT_UNREADABLE"
  /** More writes wait than `writeBehind` may hold. */
  | "STORE_KIT_BUFFER_FULL"
  /** Another process has opened the account's tables in Redis since. What this one changes is not written. */
  | "STORE_KIT_TAKEN_OVER"
  /** A cache failed; Baileys was told the key is missing, or that the write is done. */
  | "STORE_KIT_CACHE_FAILED";

/** Something this package cannot do. Branch on `code`; the message never holds a JID, an id or message text. */
export class StoreKitError extends MotteError<StoreKitErrorCode> {}
