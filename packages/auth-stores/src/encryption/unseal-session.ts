import { assertKnownOptions } from "@motte/core/options";
import { systemRandom } from "@motte/core/random";
import type { BackendSession, WriteOp } from "../backend.ts";
import { AuthStoreError } from "../errors.ts";
import { isOwnerKnownDead, newOwner } from "../owner.ts";
import { keyProvider } from "./encryption-option.ts";
import { type KeyRing, RING_META, openRing } from "./key-ring.ts";
import { RecordSeal, sealedGeneration } from "./record-seal.ts";
import type { SealOptions } from "./seal-session.ts";
import { newBatchId } from "./sealed-session.ts";

const LEASE_MS = 30_000;

export type UnsealOptions = Omit<SealOptions, "hideIds">;

export interface UnsealReport {
  /** False for a session that was plain before. */
  readonly changed: boolean;
  /** Records that do not open under any key. They were left as they are, and no key will open them any more. */
  readonly unreadable: number;
}

/**
 * Decrypts all of a session where it is, which then opens without a key.
 *
 * All records change in one commit, so interrupted anywhere the session is either encrypted or plain; the same call
 * then also replaces what is encrypted among its earlier creds. Throws `AUTH_STORE_IN_USE`, `AUTH_STORE_NOT_FOUND`,
 * `AUTH_STORE_WRONG_KEY`, or `AUTH_STORE_CORRUPT` for creds that do not open, before anything is changed.
 */
export async function unseal(options: UnsealOptions): Promise<UnsealReport> {
  assertKnownOptions("unseal", options, ["backend", "sessionId", "key"]);
  const { backend, sessionId, key } = options;
  const keys = keyProvider(key);
  const session = await backend.open(sessionId, {
    create: false,
    owner: newOwner(systemRandom),
    leaseMs: LEASE_MS,
    isKnownDead: isOwnerKnownDead,
  });
  try {
    const stored = (await session.readMeta()).get(RING_META);
    let unreadable = 0;
    if (stored !== undefined) {
      const { ring } = await openRing(sessionId, stored, keys);
      unreadable = await decrypt(session, sessionId, ring);
    }
    await forgetSealedCreds(session, backend.capabilities.credsGenerations);
    return { changed: stored !== undefined, unreadable };
  } finally {
    await session.release();
  }
}

/** Tells how many records did not open. */
async function decrypt(session: BackendSession, sessionId: string, ring: KeyRing): Promise<number> {
  const seal = new RecordSeal(sessionId);
  const sealedCreds = await session.readCreds();
  if (sealedCreds !== null && !seal.opensAsCreds(ring, sealedCreds)) throw lockedCreds(sessionId);
  const ops: WriteOp[] = [];
  let unreadable = 0;
  for (const type of await session.types()) {
    for await (const [storedId, bytes] of session.scan(type)) {
      const { id, value, opened } = seal.openRecord(ring, type, storedId, bytes);
      if (!opened) unreadable += 1;
      ops.push({
        op: "put",
        type,
        id: opened ? id : storedId,
        value: opened ? value : bytes,
      });
    }
  }
  await session.commit({
    batchId: newBatchId(),
    // Hidden ids are other ids, so the encrypted records go first.
    clear: "keys",
    ops,
    ...(sealedCreds !== null && { creds: seal.openCreds(ring, sealedCreds) }),
    meta: new Map([[RING_META, null]]),
  });
  return unreadable;
}

/** Earlier creds cannot be rewritten in place: copies of the current ones take the place of those no key opens now. */
async function forgetSealedCreds(session: BackendSession, generations: number): Promise<void> {
  for (let stores = 0; stores <= generations; stores++) {
    const history = await session.readCredsHistory();
    const creds = await session.readCreds();
    const isSealed = history.some((earlier) => sealedGeneration(earlier.creds) !== undefined);
    if (!isSealed || creds === null) return;
    await session.commit({ batchId: newBatchId(), ops: [], creds });
  }
}

function lockedCreds(sessionId: string): AuthStoreError {
  return new AuthStoreError(
    "AUTH_STORE_CORRUPT",
    "The key fits, and the encrypted creds do not open: they are damaged. Nothing was changed; restore a backup",
    { sessionId },
  );
}
