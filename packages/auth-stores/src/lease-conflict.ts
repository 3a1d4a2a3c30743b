import { AuthStoreError } from "./errors.ts";
import { describeOwner } from "./owner.ts";

/** What a backend has recorded about a session's owner. */
export interface RecordedLease {
  readonly owner: string | null;
  readonly untilMs: number;
}

/** Throws `AUTH_STORE_IN_USE` while somebody who may be alive holds an unexpired lease. */
export function assertFree(
  sessionId: string,
  lease: RecordedLease,
  nowMs: number,
  isKnownDead: (owner: string) => boolean,
): void {
  const expiresInMs = lease.untilMs - nowMs;
  if (lease.owner === null || expiresInMs <= 0 || isKnownDead(lease.owner)) return;
  const owner = describeOwner(lease.owner);
  throw new AuthStoreError(
    "AUTH_STORE_IN_USE",
    `The session is owned by ${owner}, whose lease runs for another ${Math.ceil(expiresInMs / 1000)} s unless it ` +
      "is renewed: stop that process, or wait if it is gone",
    { sessionId, owner, expiresInMs },
  );
}

/** What a write or a renewal of a former owner is answered with. */
export function fencedOff(sessionId: string): AuthStoreError {
  return new AuthStoreError(
    "AUTH_STORE_FENCED",
    "The session has a new owner, so nothing was written: end the socket of this one",
    { sessionId },
  );
}
