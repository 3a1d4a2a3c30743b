import { assertKnownOptions } from "@motte/core/options";
import { systemRandom } from "@motte/core/random";
import type { AuthBackend } from "../backend.ts";
import { isOwnerKnownDead, newOwner } from "../owner.ts";
import { type EncryptionOptions, keyProvider } from "./encryption-option.ts";
import { RING_META } from "./key-ring.ts";
import { sealed } from "./sealed.ts";
import { newBatchId } from "./sealed-session.ts";

const LEASE_MS = 30_000;

export interface SealOptions {
  /** Where the session is stored; not wrapped in `sealed`. Stays open. */
  readonly backend: AuthBackend;
  readonly sessionId: string;
  /** As in the `encryption` option. */
  readonly key: EncryptionOptions["key"];
  /** As in the `encryption` option. */
  readonly hideIds?: boolean;
}

/**
 * Encrypts a plain session where it is; false for one that was encrypted under this key before.
 *
 * All records change in one commit, so interrupted anywhere the session is either plain or encrypted, and the same call
 * completes it. What the medium keeps of the plain records (pages a database has freed, backups) is out of reach. Throws
 * `AUTH_STORE_IN_USE`, `AUTH_STORE_NOT_FOUND` or `AUTH_STORE_WRONG_KEY` before anything is changed.
 */
export async function seal(options: SealOptions): Promise<boolean> {
  assertKnownOptions("seal", options, ["backend", "sessionId", "key", "hideIds"]);
  const { backend, sessionId, key, hideIds } = options;
  const keys = keyProvider(key);
  const opening = {
    create: false,
    owner: newOwner(systemRandom),
    leaseMs: LEASE_MS,
    isKnownDead: isOwnerKnownDead,
  };
  const plain = await backend.open(sessionId, opening);
  const before = (await plain.readMeta()).has(RING_META);
  await plain.release();
  // Not disposed of: that would dispose `backend`, which is the caller's.
  const encrypted = sealed(backend, {
    keys,
    adopt: true,
    ...(hideIds !== undefined && { hideIds }),
  });
  const session = await encrypted.open(sessionId, opening);
  try {
    // The keys of a session without records are stored by its first commit.
    if (!before) await session.commit({ batchId: newBatchId(), ops: [] });
  } finally {
    await session.release();
  }
  return !before;
}
