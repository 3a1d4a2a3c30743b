import { fencedOff } from "../lease-conflict.ts";
import type { BackendSession } from "../backend.ts";
import type { SealedSession } from "./sealed-session.ts";

const RECORDS_PER_COMMIT = 200;

/** What a pass over a session's records and creds has come to. */
export interface ResealReport {
  /** Everything is under the newest data key, and the older ones are gone. */
  readonly complete: boolean;
  /** Records that do not open under any key. They were left as they are, and keep the older data keys in place. */
  readonly unreadable: number;
}

/**
 * Encrypts again whatever is not under the newest data key, then forgets the older keys.
 *
 * Each step is a commit of its own, so a pass that is interrupted is simply run again. Earlier generations of the
 * creds cannot be rewritten in place; where they are of an older key, copies of the current creds take their place.
 */
export async function reseal(
  inner: BackendSession,
  sealed: SealedSession,
  sessionId: string,
): Promise<ResealReport> {
  let unreadable = 0;
  for (const type of await inner.types()) {
    const outdated: string[] = [];
    for await (const [storedId, stored] of inner.scan(type)) {
      if (sealed.isOutdated(stored)) outdated.push(storedId);
    }
    while (outdated.length > 0) {
      unreadable += await sealed.resealRecords(type, outdated.splice(0, RECORDS_PER_COMMIT));
      if ((await inner.renew()) === "lost") throw fencedOff(sessionId);
    }
  }
  const complete = (await sealed.resealCreds()) && unreadable === 0;
  if (complete) await sealed.dropOlderKeys();
  return { complete, unreadable };
}
