import { assertKnownOptions } from "@motte/core/options";
import type { AuthBackend } from "../backend.ts";
import { type EncryptionOptions, keyProvider } from "./encryption-option.ts";
import type { ResealReport } from "./reseal.ts";
import { sealed } from "./sealed.ts";

export interface ResealOptions {
  /** Where the session is stored; not wrapped in `sealed`. Stays open. */
  readonly backend: AuthBackend;
  readonly sessionId: string;
  /** As in the `encryption` option. To replace the key, `keyring(newKey, oldKey)`. */
  readonly key: EncryptionOptions["key"];
}

/**
 * Encrypts all of a session again under a new data key, which is wrapped under `key`, and forgets the older ones: what
 * somebody has kept of them opens nothing that is stored from then on.
 *
 * The session must not be open (`AUTH_STORE_IN_USE`). Interrupted anywhere, the session stays readable under `key`, and
 * the same call starts over. Throws `AUTH_STORE_WRONG_KEY`, `AUTH_STORE_NOT_ENCRYPTED` or `AUTH_STORE_NOT_FOUND` before
 * anything is changed.
 */
export async function reseal(options: ResealOptions): Promise<ResealReport> {
  assertKnownOptions("reseal", options, ["backend", "sessionId", "key"]);
  const { backend, sessionId, key } = options;
  // Not disposed of: that would dispose `backend`, which is the caller's.
  const encrypted = sealed(backend, { keys: keyProvider(key) });
  await encrypted.rotateDataKey(sessionId);
  return encrypted.reseal(sessionId);
}
