import { MotteError, type MotteErrorOptions } from "@motte/core/errors";

export type AuthStoreErrorCode =
  /** The storage did not answer or refused the write. Nothing was changed; see `retryable`. */
  | "AUTH_STORE_UNAVAILABLE"
  /** The handle or the backend has been closed. */
  | "AUTH_STORE_CLOSED"
  /** Stored bytes cannot be understood. Nothing was overwritten. */
  | "AUTH_STORE_CORRUPT"
  /** A newer version of this package wrote the database. */
  | "AUTH_STORE_SCHEMA_NEWER"
  /** Another handle, here or in another process, owns the session. */
  | "AUTH_STORE_IN_USE"
  /** This handle has lost the session to another owner and will never write again. */
  | "AUTH_STORE_FENCED"
  /** There is no such session and the caller did not ask to create it. */
  | "AUTH_STORE_NOT_FOUND"
  /** The session has been migrated: the account goes on in another store. */
  | "AUTH_STORE_MIGRATED"
  /** A migration into this session was interrupted, so it is not whole. */
  | "AUTH_STORE_IMPORTING"
  /** The key given does not open the encrypted session. Nothing was changed. */
  | "AUTH_STORE_WRONG_KEY"
  /** The session is encrypted and was opened without a key. Nothing was changed. */
  | "AUTH_STORE_ENCRYPTED"
  /** A key was given for a session that is not encrypted. Nothing was changed. */
  | "AUTH_STORE_NOT_ENCRYPTED";

export interface AuthStoreErrorOptions extends MotteErrorOptions {
  /** The session concerned, as the caller named it. */
  readonly sessionId?: string | undefined;
  /** With `AUTH_STORE_IN_USE`: who holds the session, as `pid@host`. */
  readonly owner?: string | undefined;
  /** With `AUTH_STORE_IN_USE`: milliseconds until the lease lapses unless its owner renews it. */
  readonly expiresInMs?: number | undefined;
}

/** Everything that can go wrong with stored auth state. Branch on `code`. */
export class AuthStoreError extends MotteError<AuthStoreErrorCode> {
  readonly sessionId: string | undefined;
  readonly owner: string | undefined;
  readonly expiresInMs: number | undefined;

  constructor(code: AuthStoreErrorCode, message: string, options: AuthStoreErrorOptions = {}) {
    const { sessionId, owner, expiresInMs, ...rest } = options;
    super(code, message, rest);
    this.sessionId = sessionId;
    this.owner = owner;
    this.expiresInMs = expiresInMs;
  }
}
