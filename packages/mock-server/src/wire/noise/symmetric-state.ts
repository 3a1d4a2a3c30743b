import { createCipheriv, createDecipheriv, createHash, hkdfSync } from "node:crypto";

/** The handshakes clients use: in full, from memory, and in full after the memory was wrong. */
export type NoisePattern = "XX" | "IK" | "XXfallback";

const HASH_BYTES = 32;
const TAG_BYTES = 16;
const NOTHING = Buffer.alloc(0);

/** The handshake hash, chaining key and cipher of one Noise handshake. */
export class SymmetricState {
  #hash: Buffer;
  #chainingKey: Buffer;
  #key: Buffer;
  #nonce = 0;

  constructor(pattern: NoisePattern) {
    const start = initialHash(`Noise_${pattern}_25519_AESGCM_SHA256`);
    this.#hash = start;
    this.#chainingKey = start;
    this.#key = start;
  }

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

/** Noise, 5.2: a name that fits is filled up with zeros, a longer one is hashed. */
function initialHash(name: string): Buffer {
  if (name.length > HASH_BYTES) return createHash("sha256").update(name).digest();
  return Buffer.concat([Buffer.from(name)], HASH_BYTES);
}

/** AES-256-GCM with a counter as nonce; the tag follows the ciphertext. */
export function sealGcm(
  key: Uint8Array,
  counter: number,
  plaintext: Uint8Array,
  associated: Uint8Array = NOTHING,
): Buffer {
  const cipher = createCipheriv("aes-256-gcm", key, nonce(counter));
  if (associated.length > 0) cipher.setAAD(associated);
  const sealed = cipher.update(plaintext);
  // GCM holds nothing back: this makes the tag.
  cipher.final();
  return Buffer.concat([sealed, cipher.getAuthTag()]);
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
  }).setAuthTag(ciphertext.subarray(end));
  if (associated.length > 0) decipher.setAAD(associated);
  const plaintext = decipher.update(ciphertext.subarray(0, end));
  // GCM holds nothing back: this checks the tag.
  decipher.final();
  return plaintext;
}

function nonce(counter: number): Buffer {
  const iv = Buffer.alloc(12);
  iv.writeUInt32BE(counter, 8);
  return iv;
}
