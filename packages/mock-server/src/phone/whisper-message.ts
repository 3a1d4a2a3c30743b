import { createDecipheriv, createHmac, hkdfSync } from "node:crypto";
import { readFields } from "./protobuf-fields.ts";

/** A message of a Signal session, before it is decrypted (libsignal, WhisperTextProtocol.proto: WhisperMessage). */
export interface WhisperMessage {
  readonly ephemeralKey: Buffer;
  readonly counter: number;
  readonly previousCounter: number;
  readonly ciphertext: Buffer;
  /** What `mac` is about. */
  readonly signed: Buffer;
  readonly mac: Buffer;
}

/** A message that says how to start its session, in case it is the first (PreKeyWhisperMessage). */
export interface PreKeyWhisperMessage {
  /** The name of the session. */
  readonly baseKey: Buffer;
  /** The encoded `WhisperMessage`. */
  readonly message: Buffer;
}

const VERSION = 0x33;
const MAC_BYTES = 8;

export function readWhisperMessage(encoded: Buffer): WhisperMessage {
  const fields = readFields(protobufIn(encoded).subarray(0, -MAC_BYTES));
  return {
    ephemeralKey: fields.bytes(1),
    counter: fields.number(2),
    previousCounter: fields.number(3),
    ciphertext: fields.bytes(4),
    signed: encoded.subarray(0, -MAC_BYTES),
    mac: encoded.subarray(-MAC_BYTES),
  };
}

export function readPreKeyMessage(encoded: Buffer): PreKeyWhisperMessage {
  const fields = readFields(protobufIn(encoded));
  return { baseKey: fields.bytes(2), message: fields.bytes(4) };
}

function protobufIn(encoded: Buffer): Buffer {
  if (encoded[0] !== VERSION) throw new Error("A Signal message of another version");
  return encoded.subarray(1);
}

/** Decrypts a message with its key; nothing when it was made by somebody else, or with another key. */
export function openWhisperMessage(
  { ciphertext, signed, mac }: WhisperMessage,
  messageKey: Buffer,
  identities: { readonly sender: Buffer; readonly receiver: Buffer },
): Buffer | undefined {
  const derived = hkdfSync("sha256", messageKey, Buffer.alloc(32), "WhisperMessageKeys", 80);
  const keys = Buffer.from(derived);
  const expected = createHmac("sha256", keys.subarray(32, 64))
    .update(identities.sender)
    .update(identities.receiver)
    .update(signed)
    .digest()
    .subarray(0, MAC_BYTES);
  if (!mac.equals(expected)) return undefined;
  const decipher = createDecipheriv("aes-256-cbc", keys.subarray(0, 32), keys.subarray(64, 80));
  return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
}
