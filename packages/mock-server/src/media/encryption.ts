import { createCipheriv, createDecipheriv, createHash, createHmac } from "node:crypto";
import { MockServerError } from "../errors.ts";
import { type MediaKind, deriveMediaKeys } from "./keys.ts";

/** A file as it is uploaded, and what a message says of it. */
export interface EncryptedMedia {
  /** The ciphertext with its code at the end. */
  readonly bytes: Buffer;
  readonly mediaKey: Buffer;
  readonly fileSha256: Buffer;
  readonly fileEncSha256: Buffer;
  /** Of the plain file. */
  readonly fileLength: number;
}

/** What a message says of a file, as far as it has to fit. */
export interface MediaClaims {
  readonly mediaKey: Uint8Array;
  readonly fileSha256?: Uint8Array | null | undefined;
  readonly fileEncSha256?: Uint8Array | null | undefined;
}

const MAC_BYTES = 10;

export function encryptMedia(plain: Uint8Array, mediaKey: Buffer, kind: MediaKind): EncryptedMedia {
  const keys = deriveMediaKeys(mediaKey, kind);
  const cipher = createCipheriv("aes-256-cbc", keys.cipher, keys.iv);
  const encrypted = Buffer.concat([cipher.update(plain), cipher.final()]);
  const bytes = Buffer.concat([encrypted, macOf(encrypted, keys)]);
  return {
    bytes,
    mediaKey,
    fileSha256: sha256(plain),
    fileEncSha256: sha256(bytes),
    fileLength: plain.length,
  };
}

/** The plain file. Throws `MOCK_MEDIA_CORRUPT` when the code or a hash the message gives does not fit. */
export function decryptMedia(bytes: Buffer, claims: MediaClaims, kind: MediaKind): Buffer {
  const keys = deriveMediaKeys(claims.mediaKey, kind);
  const encrypted = bytes.subarray(0, -MAC_BYTES);
  if (claims.fileEncSha256 && !sha256(bytes).equals(claims.fileEncSha256)) {
    throw corrupt("its bytes have another SHA-256 than fileEncSha256");
  }
  if (!bytes.subarray(-MAC_BYTES).equals(macOf(encrypted, keys))) {
    throw corrupt("its code does not fit the mediaKey");
  }
  const decipher = createDecipheriv("aes-256-cbc", keys.cipher, keys.iv);
  const plain = Buffer.concat([decipher.update(encrypted), decipher.final()]);
  if (claims.fileSha256 && !sha256(plain).equals(claims.fileSha256)) {
    throw corrupt("the decrypted file has another SHA-256 than fileSha256");
  }
  return plain;
}

export function sha256(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}

function macOf(
  encrypted: Buffer,
  { iv, mac }: { readonly iv: Buffer; readonly mac: Buffer },
): Buffer {
  return createHmac("sha256", mac).update(iv).update(encrypted).digest().subarray(0, MAC_BYTES);
}

function corrupt(how: string): MockServerError {
  return new MockServerError("MOCK_MEDIA_CORRUPT", `The media of this message is corrupt: ${how}`);
}
