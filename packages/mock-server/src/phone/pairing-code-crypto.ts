import { createCipheriv, createDecipheriv, hkdfSync, pbkdf2 } from "node:crypto";
import { promisify } from "node:util";
import type { Random } from "@motte/core/random";
import { type KeyPair, agree } from "../wire/curve.ts";

const pbkdf2Async = promisify(pbkdf2);

const ROUNDS = 131_072;
const SALT_BYTES = 32;
const CTR_IV_BYTES = 16;
const GCM_IV_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const NOTHING = Buffer.alloc(0);

/** `salt | iv | AES-256-CTR(public key)`, as both sides send their ephemeral key. */
export async function wrapEphemeralKey(
  code: string,
  publicKey: Buffer,
  random: Random,
): Promise<Buffer> {
  const salt = random.bytes(SALT_BYTES);
  const iv = random.bytes(CTR_IV_BYTES);
  const cipher = createCipheriv("aes-256-ctr", await codeKey(code, salt), iv);
  return Buffer.concat([salt, iv, cipher.update(publicKey), cipher.final()]);
}

/** The client's ephemeral key. With a wrong code it is some other key, which nothing shows yet. */
export async function unwrapEphemeralKey(code: string, wrapped: Buffer): Promise<Buffer> {
  const salt = wrapped.subarray(0, SALT_BYTES);
  const iv = wrapped.subarray(SALT_BYTES, SALT_BYTES + CTR_IV_BYTES);
  const decipher = createDecipheriv("aes-256-ctr", await codeKey(code, salt), iv);
  const sealed = wrapped.subarray(SALT_BYTES + CTR_IV_BYTES);
  return Buffer.concat([decipher.update(sealed), decipher.final()]);
}

export interface KeyBundleRequest {
  readonly bundle: Buffer;
  readonly primaryEphemeral: KeyPair;
  readonly companionEphemeralKey: Buffer;
  readonly primaryIdentity: KeyPair;
}

export interface OpenedKeyBundle {
  readonly companionIdentityKey: Buffer;
  readonly advSecret: Buffer;
}

/** What the client sealed for the phone; `undefined` when the two did not use the same code. */
export function openKeyBundle(request: KeyBundleRequest): OpenedKeyBundle | undefined {
  const { bundle, primaryEphemeral, companionEphemeralKey, primaryIdentity } = request;
  const shared = agree(primaryEphemeral, companionEphemeralKey);
  const salt = bundle.subarray(0, SALT_BYTES);
  const key = hkdf(shared, salt, "link_code_pairing_key_bundle_encryption_key");
  const plaintext = openGcm(key, bundle.subarray(SALT_BYTES));
  if (plaintext?.length !== 3 * KEY_BYTES) return undefined;
  const companionIdentityKey = plaintext.subarray(0, KEY_BYTES);
  if (!plaintext.subarray(KEY_BYTES, 2 * KEY_BYTES).equals(primaryIdentity.public))
    return undefined;
  const secret = Buffer.concat([
    shared,
    agree(primaryIdentity, companionIdentityKey),
    plaintext.subarray(2 * KEY_BYTES),
  ]);
  return { companionIdentityKey, advSecret: hkdf(secret, NOTHING, "adv_secret") };
}

function openGcm(key: Buffer, sealed: Buffer): Buffer | undefined {
  const iv = sealed.subarray(0, GCM_IV_BYTES);
  const ciphertext = sealed.subarray(GCM_IV_BYTES, -TAG_BYTES);
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, iv);
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  } catch {
    // GCM has no other failure for well-formed lengths: the tag does not fit, so the keys differ.
    return undefined;
  }
}

function codeKey(code: string, salt: Buffer): Promise<Buffer> {
  return pbkdf2Async(code, salt, ROUNDS, KEY_BYTES, "sha256");
}

function hkdf(secret: Buffer, salt: Buffer, info: string): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, salt, info, KEY_BYTES));
}
