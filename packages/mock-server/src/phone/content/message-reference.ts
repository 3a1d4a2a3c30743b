import type { proto } from "../../wire/baileys.ts";

/** A message that was sent or received before, as a reaction, an edit or a quote points at it. */
export interface MessageReference {
  /** The id of the message. */
  readonly id: string;
  /** The JID of the chat it is in. */
  readonly chat: string;
  /** The user JID of who wrote it; left out for a message of the person who points at it. */
  readonly author?: string | undefined;
  /** What it says. */
  readonly message: proto.IMessage;
}

/** The key of a message from the point of view of who points at it (Baileys process-message.js turns it around). */
export function messageKey({ id, chat, author }: MessageReference): proto.IMessageKey {
  const inGroup = chat.endsWith("@g.us");
  return {
    remoteJid: chat,
    id,
    fromMe: author === undefined,
    ...(inGroup && author !== undefined ? { participant: author } : {}),
  };
}
