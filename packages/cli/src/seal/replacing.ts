import { type AuthBackend, isOwnerKnownDead, newOwner } from "@motte/auth-stores";
import { type KeyProvider, keyring, passphraseKey, sealed } from "@motte/auth-stores/encryption";
import { systemRandom } from "@motte/core/random";

/** A key, and how a session comes to be under it. */
export interface ReplacedKey {
  readonly key: KeyProvider;
  /** Whether it is another one than the session had. */
  readonly replaces: boolean;
  /** Brings a session to where `key` opens it. Killed in the middle, another call completes it. */
  readonly prepare: (backend: AuthBackend, sessionId: string) => Promise<void>;
}

// Opening a session is all there is to do.
const LEASE_MS = 30_000;
/** What a passphrase is called that has no id of its own. */
export const PASSPHRASE: string = passphraseKey("any").currentId;
/** What the new one is called until nothing is under the old one any more. */
const ON_THE_WAY = "passphrase-replacing";

const nothing = async (): Promise<void> => {};

/** Puts `next` in the place of `current`; without it, the key stays. */
export function replacing(current: KeyProvider, next: KeyProvider | undefined): ReplacedKey {
  if (next !== undefined && next.currentId !== current.currentId) {
    return { key: keyring(next, current), replaces: true, prepare: nothing };
  }
  // The id of any other key is its fingerprint: it is the same.
  if (next?.currentId !== PASSPHRASE) return { key: current, replaces: false, prepare: nothing };
  return { key: next, replaces: true, prepare: replacingPassphrase(current, next) };
}

/**
 * Puts one passphrase in the place of another of the same id. A data key is wrapped anew when the id it is under is not the
 * current one, so all of them go by way of a third.
 */
function replacingPassphrase(current: KeyProvider, next: KeyProvider): ReplacedKey["prepare"] {
  const wrap = (dataKey: Uint8Array): Promise<Uint8Array> => next.wrap(dataKey);
  const unwrapNext = (id: string, wrapped: Uint8Array): Promise<Uint8Array | null> =>
    next.unwrap(id === ON_THE_WAY ? PASSPHRASE : id, wrapped);
  const away: KeyProvider = {
    currentId: ON_THE_WAY,
    wrap,
    unwrap: async (id, wrapped) =>
      (await current.unwrap(id, wrapped)) ?? (await unwrapNext(id, wrapped)),
  };
  const back: KeyProvider = { currentId: PASSPHRASE, wrap, unwrap: unwrapNext };
  return async (backend, sessionId) => {
    for (const keys of [away, back]) {
      // Not disposed of: that would dispose `backend`, which is the caller's.
      const session = await sealed(backend, { keys }).open(sessionId, {
        create: false,
        owner: newOwner(systemRandom),
        leaseMs: LEASE_MS,
        isKnownDead: isOwnerKnownDead,
      });
      await session.release();
    }
  };
}
