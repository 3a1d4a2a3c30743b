import { createCipheriv, createDecipheriv, createHash, hkdfSync } from "node:crypto";

const PATTERN = Buffer.from("Noise_XX_25519_AESGCM_SHA256\0\0\0\0");
const TAG_BYTES = 16;
const NOTHING = Buffer.alloc(0);

/** The handshake hash, chaining key and cipher of one Noise XX handshake. */
export class SymmetricState {
  // The pattern name is exactly 32 bytes, so Noise uses it as the hash without hashing it.
  #hash: Buffer = PATTERN;
  #chainingKey: Buffer = PATTERN;
  #key: Buffer = PATTERN;
  #nonce = 0;

  mixHash(data: Uint8Array): void {
    this.#hash = createHash("sha256").update(this.#hash).update(data).digest();
  }

  mixKey(secret: Uint8Array): void {
    [this.#chainingKey, this.#key] = this.#expand(secret);
    this.#nonce = 0;
  }

  seal(plaintext: Uint8Array): Buffer {
    const sealed = sealGcm(this.#key, this.#nonce++, plaintext, this.#hash);
    this.mixHash(sealed);
    return sealed;
  }

  /** Throws when the bytes were not sealed by the other side of this handshake. */
  open(ciphertext: Uint8Array): Buffer {
    const plaintext = openGcm(this.#key, this.#nonce++, ciphertext, this.#hash);
    this.mixHash(ciphertext);
    return plaintext;
  }

  /** The two transport keys: first the initiator's sending key, then the responder's. */
  split(): [initiator: Buffer, responder: Buffer] {
    return this.#expand(NOTHING);
  }

  #expand(secret: Uint8Array): [Buffer, Buffer] {
    const output = Buffer.from(hkdfSync("sha256", secret, this.#chainingKey, NOTHING, 64));
    return [output.subarray(0, 32), output.subarray(32)];
  }
}

/** AES-256-GCM with a counter as nonce; the tag follows the ciphertext. */
export function sealGcm(
  key: Uint8Array,
  counter: number,
  plaintext: Uint8Array,
  associated: Uint8Array = NOTHING,
): Buffer {
  const cipher = createCipheriv("aes-256-gcm", key, nonce(counter)).setAAD(associated);
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

export function openGcm(
  key: Uint8Array,
  counter: number,
  ciphertext: Uint8Array,
  associated: Uint8Array = NOTHING,
): Buffer {
  const end = Math.max(ciphertext.length - TAG_BYTES, 0);
  const decipher = createDecipheriv("aes-256-gcm", key, nonce(counter), {
    authTagLength: TAG_BYTES,
  })
    .setAAD(associated)
    .setAuthTag(ciphertext.subarray(end));
  return Buffer.concat([decipher.update(ciphertext.subarray(0, end)), decipher.final()]);
}

function nonce(counter: number): Buffer {
  const iv = Buffer.alloc(12);
  iv.writeUInt32BE(counter, 8);
  return iv;
}
