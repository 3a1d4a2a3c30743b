import { proto } from "../../wire/baileys.ts";
import { type MessageReference, messageKey } from "./message-reference.ts";

const { Type } = proto.Message.ProtocolMessage;

/** Puts another text in the place of an own message. `atMs` is milliseconds since the epoch. */
export function editMessage(of: MessageReference, text: string, atMs: number): proto.IMessage {
  return {
    protocolMessage: {
      key: messageKey(of),
      type: Type.MESSAGE_EDIT,
      editedMessage: { conversation: text },
      timestampMs: atMs,
    },
  };
}

/** Takes a message back: an own one, or as an admin of a group somebody else's. */
export function revokeMessage(of: MessageReference): proto.IMessage {
  return { protocolMessage: { key: messageKey(of), type: Type.REVOKE } };
}

/** An emoji on a message; an empty one takes the reaction back. */
export function reactionMessage(to: MessageReference, emoji: string, atMs: number): proto.IMessage {
  return { reactionMessage: { key: messageKey(to), text: emoji, senderTimestampMs: atMs } };
}
