import type { proto } from "../wire/baileys.ts";

/** The words of a message: plain or formatted text, or the caption of a medium. */
export function messageText(message: proto.IMessage): string | undefined {
  const { conversation, extendedTextMessage, imageMessage, videoMessage, documentMessage } =
    message;
  return (
    conversation ??
    extendedTextMessage?.text ??
    imageMessage?.caption ??
    videoMessage?.caption ??
    documentMessage?.caption ??
    undefined
  );
}
