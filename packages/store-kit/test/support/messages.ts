import { type WAMessage, type WAMessageKey, proto } from "@whiskeysockets/baileys";

export const NOW_MS = 1_700_000_000_000;
export const PN = "5511999@s.whatsapp.net";
export const LID = "888@lid";
export const GROUP = "12036300@g.us";

const { REVOKE, MESSAGE_EDIT } = proto.Message.ProtocolMessage.Type;

/** A message as Baileys hands it out. */
export function message(
  key: WAMessageKey,
  content: proto.IMessage | string,
  atMs: number = NOW_MS,
): WAMessage {
  const body = typeof content === "string" ? { conversation: content } : content;
  return {
    key,
    message: proto.Message.fromObject(body),
    messageTimestamp: Math.floor(atMs / 1000),
  };
}

export function ownKey(
  id: string,
  remoteJid: string = PN,
  rest: Partial<WAMessageKey> = {},
): WAMessageKey {
  return { remoteJid, fromMe: true, id, ...rest };
}

export function theirKey(
  id: string,
  remoteJid: string = GROUP,
  participant?: string,
): WAMessageKey {
  return { remoteJid, fromMe: false, id, ...(participant && { participant }) };
}

export function revokeOf(target: WAMessageKey, carrier: WAMessageKey, atMs?: number): WAMessage {
  return message(carrier, { protocolMessage: { key: target, type: REVOKE } }, atMs);
}

export function editOf(
  target: WAMessageKey,
  text: string,
  carrier: WAMessageKey,
  atMs: number = NOW_MS,
): WAMessage {
  return message(carrier, {
    protocolMessage: {
      key: target,
      type: MESSAGE_EDIT,
      editedMessage: { conversation: text },
      timestampMs: atMs,
    },
  });
}

export function poll(secretByte: number): proto.IMessage {
  return {
    pollCreationMessage: { name: "tea?", options: [{ optionName: "yes" }] },
    messageContextInfo: { messageSecret: new Uint8Array(32).fill(secretByte) },
  };
}

/** The text of what a store answered. */
export function textOf(content: proto.IMessage | undefined): string | undefined {
  return content?.conversation ?? content?.extendedTextMessage?.text ?? undefined;
}
