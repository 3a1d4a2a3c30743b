import type { proto } from "@whiskeysockets/baileys";
import { expirationSeconds } from "./message-content.ts";

/**
 * The edited content as it may be sent again under the original id: with the original's `messageSecret`, which
 * later votes and answers refer to, and disappearing when the original does.
 */
export function editedMessage(original: proto.IMessage, edit: proto.IMessage): proto.IMessage {
  const content = disappearingAs(edit, expirationSeconds(original));
  const { messageContextInfo } = original;
  return messageContextInfo ? { ...content, messageContextInfo } : content;
}

function disappearingAs(edit: proto.IMessage, expiration: number | undefined): proto.IMessage {
  if (expiration === undefined || expirationSeconds(edit) !== undefined) return edit;
  const { conversation, extendedTextMessage, imageMessage, videoMessage, documentMessage } = edit;
  // Plain text has no place for an expiration; Baileys itself sends all text in this other form.
  if (conversation)
    return { extendedTextMessage: { text: conversation, contextInfo: { expiration } } };
  const disappearing = <C extends { contextInfo?: proto.IContextInfo | null }>(content: C): C => ({
    ...content,
    contextInfo: { ...content.contextInfo, expiration },
  });
  if (extendedTextMessage) return { extendedTextMessage: disappearing(extendedTextMessage) };
  if (imageMessage) return { imageMessage: disappearing(imageMessage) };
  if (videoMessage) return { videoMessage: disappearing(videoMessage) };
  if (documentMessage) return { documentMessage: disappearing(documentMessage) };
  return edit;
}
