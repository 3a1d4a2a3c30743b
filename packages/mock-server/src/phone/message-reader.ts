import { proto } from "../wire/baileys.ts";
import { type BinaryNode, attr, bytes, children, requiredAttr } from "../wire/binary-node.ts";
import type { EncryptionKind } from "../world/primary-device.ts";
import type { Incoming } from "./incoming.ts";
import { unpad } from "./padding.ts";
import { type Ciphertext, type SignalAddress, type SignalPeer, addressOf } from "./signal-peer.ts";

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
export async function openMessage(incoming: Incoming, peer: SignalPeer): Promise<OpenedMessage> {
  const opening = new Opening(incoming, peer);
  for (const part of partsOf(incoming)) {
    const own = ownPart(part);
    opening.add(part, own ? await peer.decrypt(opening.from, own) : opening.withSenderKey(part));
  }
  return opening.opened;
}

/** The same without waiting, where `opensAtOnce`. Throws when one part cannot be read. */
export function openMessageAtOnce(incoming: Incoming, peer: SignalPeer): OpenedMessage {
  const opening = new Opening(incoming, peer);
  for (const part of partsOf(incoming)) {
    const own = ownPart(part);
    opening.add(part, own ? peer.decryptAtOnce(opening.from, own) : opening.withSenderKey(part));
  }
  return opening.opened;
}

/** Whether every part is of a Signal session that is there already, and free. */
export function opensAtOnce(incoming: Incoming, peer: SignalPeer): boolean {
  const from = addressOf(incoming.author);
  return partsOf(incoming).every((part) => {
    const own = ownPart(part);
    return own === undefined || peer.readsAtOnce(from, own);
  });
}

/** Whether nothing hangs on a message but its content: it starts no session, brings no key, and was not asked for. */
export function isRoutine(incoming: Incoming, peer: SignalPeer): boolean {
  const [part, ...others] = partsOf(incoming);
  if (part === undefined || others.length > 0 || attr(part.enc, "count") !== undefined)
    return false;
  const { stanza, author } = incoming;
  if (part.kind !== "skmsg") return opensAtOnce(incoming, peer);
  return peer.senderKeys.knows(requiredAttr(stanza, "from"), addressOf(author));
}

interface Part {
  readonly enc: BinaryNode;
  readonly kind: EncryptionKind;
}

function partsOf({ stanza }: Incoming): readonly Part[] {
  return children(stanza, "enc").map((enc) => ({ enc, kind: encryptionKind(enc) }));
}

/** What a Signal session reads; a part for a whole group is read with the sender's key instead. */
function ownPart({ enc, kind }: Part): Ciphertext | undefined {
  return kind === "skmsg" ? undefined : { kind, bytes: ciphertextOf(enc) };
}

/** A message of which some parts have been read. */
class Opening {
  readonly from: SignalAddress;
  readonly #incoming: Incoming;
  readonly #peer: SignalPeer;
  readonly #message: proto.IMessage = {};
  #kind: EncryptionKind = "msg";

  constructor(incoming: Incoming, peer: SignalPeer) {
    this.from = addressOf(incoming.author);
    this.#incoming = incoming;
    this.#peer = peer;
  }

  get opened(): OpenedMessage {
    return { message: this.#message, kind: this.#kind };
  }

  withSenderKey({ enc }: Part): Buffer {
    const group = requiredAttr(this.#incoming.stanza, "from");
    return this.#peer.senderKeys.decrypt(group, this.from, ciphertextOf(enc));
  }

  add({ kind }: Part, padded: Buffer): void {
    const part = proto.Message.decode(unpad(padded));
    const key = part.senderKeyDistributionMessage;
    if (key?.groupId && key.axolotlSenderKeyDistributionMessage) {
      const theirs = Buffer.from(key.axolotlSenderKeyDistributionMessage);
      this.#peer.senderKeys.accept(key.groupId, this.from, theirs);
    }
    Object.assign(this.#message, part);
    this.#kind = kind;
  }
}

function ciphertextOf(enc: BinaryNode): Buffer {
  return bytes(enc) ?? Buffer.alloc(0);
}

function encryptionKind(enc: BinaryNode): EncryptionKind {
  const kind = attr(enc, "type");
  if (kind === "pkmsg" || kind === "msg" || kind === "skmsg") return kind;
  throw new Error(`A message is encrypted in an unknown way: ${kind}`);
}
