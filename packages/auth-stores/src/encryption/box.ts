import { type KeyObject, createCipheriv, createDecipheriv } from "node:crypto";
import { systemRandom } from "@motte/core/random";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What AES-256-GCM adds to a text, in bytes. */
export const BOX_OVERHEAD: number = NONCE_BYTES + TAG_BYTES;

/** Encrypts with AES-256-GCM under a fresh random nonce; `bound` must be the same again to open it. */
export function sealBox(key: KeyObject, bound: Uint8Array, plain: Uint8Array): Buffer {
  // Always the system's randomness: a nonce that comes twice under one key gives both texts away.
  const nonce = systemRandom.bytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(bound);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** The text of a box; `undefined` when it was made with another key or bound to something else, or is damaged. */
export function openBox(key: KeyObject, bound: Uint8Array, box: Uint8Array): Buffer | undefined {
  if (box.length < BOX_OVERHEAD) return undefined;
  const decipher = createDecipheriv("aes-256-gcm", key, box.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(bound);
  decipher.setAuthTag(box.subarray(box.length - TAG_BYTES));
  const plain = decipher.update(box.subarray(NONCE_BYTES, box.length - TAG_BYTES));
  try {
    return Buffer.concat([plain, decipher.final()]);
  } catch {
    // final() does no I/O and throws for one reason: the tag does not fit.
    return undefined;
  }
}
