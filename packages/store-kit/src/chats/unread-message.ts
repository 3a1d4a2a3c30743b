import type { WAMessage, proto } from "@whiskeysockets/baileys";
import { innerMessage } from "../messages/message-content.ts";

/** Whether Baileys takes it for a message of the chat, and not one about another message (`isRealMessage`). */
export function isChatMessage({ message }: WAMessage): boolean {
  if (!message) return false;
  const inner = innerMessage(message);
  return (
    hasContent(inner) &&
    !inner.protocolMessage &&
    !inner.reactionMessage &&
    !inner.pollUpdateMessage
  );
}

/** Whether it waits to be read (Baileys process-message.js, `shouldIncrementChatUnread`). */
export function awaitsReading(message: WAMessage): boolean {
  return !message.key.fromMe && !message.messageStubType && isChatMessage(message);
}

/** Baileys messages.js, `getContentType`. */
function hasContent(message: proto.IMessage): boolean {
  return Object.keys(message).some(
    (key) =>
      (key === "conversation" || key.includes("Message")) && key !== "senderKeyDistributionMessage",
  );
}

/** The chat of a message: a broadcast list's answers come from one person (Baileys `getChatId`). */
export function chatOf({ remoteJid, participant, fromMe }: proto.IMessageKey): string | undefined {
  if (!remoteJid) return undefined;
  const isList = remoteJid.endsWith("@broadcast") && remoteJid !== "status@broadcast";
  return (isList && !fromMe ? participant : remoteJid) ?? undefined;
}
