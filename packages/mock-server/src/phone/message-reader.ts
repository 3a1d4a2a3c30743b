import { proto } from "../wire/baileys.ts";
import { type BinaryNode, attr, bytes, children, requiredAttr } from "../wire/binary-node.ts";
import type { Device } from "../world/device.ts";
import type { EncryptionKind } from "../world/primary-device.ts";
import { unpad } from "./padding.ts";
import { type SignalPeer, addressOf } from "./signal-peer.ts";

/** A message that could be decrypted. */
export interface OpenedMessage {
  readonly message: proto.IMessage;
  /** How the part with the content was encrypted. */
  readonly kind: EncryptionKind;
}

/**
 * Decrypts every part of a message. In a group the first part may be the sender's key, encrypted for this device
 * alone, and the second the content, encrypted with that key.
 *
 * Rejects when one part cannot be read.
 */
export async function openMessage(
  stanza: BinaryNode,
  author: Device,
  peer: SignalPeer,
): Promise<OpenedMessage> {
  const message: proto.IMessage = {};
  let kind: EncryptionKind = "msg";
  for (const enc of children(stanza, "enc")) {
    kind = encryptionKind(enc);
    const ciphertext = bytes(enc) ?? Buffer.alloc(0);
    const from = addressOf(author);
    const padded =
      kind === "skmsg"
        ? peer.senderKeys.decrypt(requiredAttr(stanza, "from"), from, ciphertext)
        : await peer.decrypt(from, { kind, bytes: ciphertext });
    const part = proto.Message.decode(unpad(padded));
    const key = part.senderKeyDistributionMessage;
    if (key?.groupId && key.axolotlSenderKeyDistributionMessage) {
      const theirs = Buffer.from(key.axolotlSenderKeyDistributionMessage);
      peer.senderKeys.accept(key.groupId, from, theirs);
    }
    Object.assign(message, part);
  }
  return { message, kind };
}

function encryptionKind(enc: BinaryNode): EncryptionKind {
  const kind = attr(enc, "type");
  if (kind === "pkmsg" || kind === "msg" || kind === "skmsg") return kind;
  throw new Error(`A message is encrypted in an unknown way: ${kind}`);
}
