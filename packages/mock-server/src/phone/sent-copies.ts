import type { proto } from "../wire/baileys.ts";
import { type BinaryNode, attr, requiredAttr } from "../wire/binary-node.ts";
import type { Incoming } from "./incoming.ts";
import { messageText } from "./message-text.ts";

/** A message one of the person's own clients sent, as this device got its copy. */
export interface SentCopy {
  /** The id of the message, the same for everybody who got it. */
  readonly id: string;
  /** The chat it was sent to, as the client wrote it. */
  readonly to: string;
  /** The text or caption; `undefined` when it has neither. */
  readonly text: string | undefined;
  /** All of it, decrypted, without the wrapping for own devices. */
  readonly message: proto.IMessage;
  /** The number of the client's device. */
  readonly device: number;
  /** Milliseconds since the epoch, on the server's clock. */
  readonly at: number;
}

/** Each message encoded. */
export type SentCopiesSnapshot = readonly (Omit<SentCopy, "message"> & {
  readonly message: Buffer;
})[];

/** What a message of an own client says, if it was to somebody else; without it, it is for this device alone. */
export function sentCopy(
  { stanza, author, at }: Incoming,
  message: proto.IMessage,
): SentCopy | undefined {
  const group = attr(stanza, "participant") === undefined ? undefined : attr(stanza, "from");
  const copy = contentOf(stanza, message);
  // Baileys (messages-send.js relayMessage) wraps what it asks of its own phone like any own message.
  if (!copy || attr(stanza, "category") === "peer") return undefined;
  return {
    id: requiredAttr(stanza, "id"),
    to: group ?? message.deviceSentMessage?.destinationJid ?? requiredAttr(stanza, "recipient"),
    text: messageText(copy),
    message: copy,
    device: author.device,
    at,
  };
}

/** What an own client asks of this device, in a message that is no copy of one to others. */
export function requestTo(stanza: BinaryNode, message: proto.IMessage): proto.IMessage {
  return contentOf(stanza, message) ?? message;
}

/** In a group, own devices get no wrapping around what was said. */
function contentOf(stanza: BinaryNode, message: proto.IMessage): proto.IMessage | null | undefined {
  const inGroup = attr(stanza, "participant") !== undefined;
  return inGroup ? message : message.deviceSentMessage?.message;
}
