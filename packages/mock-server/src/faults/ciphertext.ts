import protobuf from "protobufjs/minimal.js";
import { type BinaryNode, attr, bytes } from "../wire/binary-node.ts";
import { withContent } from "./changed-node.ts";
import { flipped } from "./flipped.ts";

// Each starts with a version byte. A `pkmsg` is then a `PreKeyWhisperMessage` with a whole `msg` in its field 4; a `msg`
// ends with eight bytes of MAC behind its `WhisperMessage`, and a `skmsg` with a signature (libsignal's protobufs).
const INNER_MESSAGE = 4;
const RATCHET_KEY = 1;
const LENGTH_DELIMITED = 2;

interface Range {
  readonly start: number;
  readonly end: number;
}

function ciphertextOf(enc: BinaryNode): Buffer {
  return bytes(enc) ?? Buffer.alloc(0);
}

/** `<enc>` whose authenticity check fails. */
export function withBadMac(enc: BinaryNode): BinaryNode {
  const ciphertext = ciphertextOf(enc);
  const end = attr(enc, "type") === "pkmsg" ? fieldOf(ciphertext, INNER_MESSAGE).end : 0;
  return withContent(enc, flipped(ciphertext, end - 1));
}

/** The `msg` in a `pkmsg`: what is left when the client does not get to see how the session began. */
export function withoutSessionStart(pkmsg: BinaryNode): Buffer {
  const ciphertext = ciphertextOf(pkmsg);
  const { start, end } = fieldOf(ciphertext, INNER_MESSAGE);
  return ciphertext.subarray(start, end);
}

/** A `msg` of a ratchet that no session of the client's knows. */
export function withRatchetKey(msg: BinaryNode, publicKey: Uint8Array): Buffer {
  const ciphertext = Buffer.from(ciphertextOf(msg));
  // Behind the type byte.
  ciphertext.set(publicKey, fieldOf(ciphertext, RATCHET_KEY).start + 1);
  return ciphertext;
}

function fieldOf(ciphertext: Buffer, wanted: number): Range {
  const reader = protobuf.Reader.create(ciphertext.subarray(1));
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const wireType = tag & 7;
    if (tag >>> 3 === wanted && wireType === LENGTH_DELIMITED) {
      const length = reader.uint32();
      return { start: 1 + reader.pos, end: 1 + reader.pos + length };
    }
    reader.skipType(wireType);
  }
  throw new TypeError(`A ciphertext has no field ${wanted}`);
}
