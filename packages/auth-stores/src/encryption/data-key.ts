import { type KeyObject, createSecretKey, hkdfSync } from "node:crypto";
import { MotteError } from "@motte/core/errors";
import { systemRandom } from "@motte/core/random";
import { AuthStoreError } from "../errors.ts";
import type { KeyProvider } from "./key-provider.ts";
import { KEY_BYTES } from "./secret-key.ts";

/** One generation of a session's data keys, as it is stored and ready for use. */
export interface DataKey {
  readonly generation: number;
  /** Which key wrapped it. */
  readonly keyId: string;
  readonly wrapped: Uint8Array;
  /** Encrypts records. */
  readonly records: KeyObject;
  /** Authenticates the ring, and encrypts what is kept in it. */
  readonly ring: KeyObject;
}

/** A new random data key. */
export async function newDataKey(provider: KeyProvider, generation: number): Promise<DataKey> {
  const bytes = systemRandom.bytes(KEY_BYTES);
  return wrappedKey(provider, generation, bytes);
}

export interface StoredDataKey {
  readonly generation: number;
  readonly keyId: string;
  readonly wrapped: Uint8Array;
}

/** Unwraps a stored data key, and wraps it again when the provider's current key is another one by now. */
export async function openDataKey(
  provider: KeyProvider,
  stored: StoredDataKey,
  sessionId: string,
): Promise<DataKey> {
  const { generation, keyId, wrapped } = stored;
  const unwrapped = await asked(provider, () => provider.unwrap(keyId, wrapped));
  if (unwrapped?.length !== KEY_BYTES) throw wrongKey(provider, keyId, sessionId);
  const bytes = Buffer.from(unwrapped);
  if (keyId !== provider.currentId) return wrappedKey(provider, generation, bytes);
  return ready({ generation, keyId, wrapped }, bytes);
}

async function wrappedKey(
  provider: KeyProvider,
  generation: number,
  bytes: Buffer,
): Promise<DataKey> {
  const keyId = provider.currentId;
  const wrapped = await asked(provider, () => provider.wrap(bytes));
  return ready({ generation, keyId, wrapped }, bytes);
}

/** Derives the keys in use and wipes the bytes they come from. */
function ready(stored: StoredDataKey, bytes: Buffer): DataKey {
  const derived = (purpose: string): KeyObject =>
    createSecretKey(Buffer.from(hkdfSync("sha256", bytes, "", `motte-auth ${purpose}`, KEY_BYTES)));
  const key = { ...stored, records: derived("records"), ring: derived("ring") };
  bytes.fill(0);
  return key;
}

async function asked<T>(provider: KeyProvider, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof MotteError) throw error;
    throw new AuthStoreError(
      "AUTH_STORE_UNAVAILABLE",
      `The key provider failed (key ${provider.currentId}); see the cause`,
      { cause: error, retryable: true },
    );
  }
}

function wrongKey(provider: KeyProvider, keyId: string, sessionId: string): AuthStoreError {
  return new AuthStoreError(
    "AUTH_STORE_WRONG_KEY",
    `The session is encrypted under key ${keyId}, which the key given (${provider.currentId}) does not open. ` +
      "Nothing was changed: give the right one, or both as keyring(new, old) to replace it",
    { sessionId },
  );
}
