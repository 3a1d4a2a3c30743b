import { proto } from "../wire/baileys.ts";

/** What a message's stanza says of its content, which the server cannot read. */
export interface MessageKind {
  /** The attribute `type` of the stanza. */
  readonly type: "text" | "media" | "reaction" | "poll" | "event";
  /** The attribute `edit` of the stanza, for a message that changes another. */
  readonly edit?: string;
  /** Attributes of `<enc>`. */
  readonly enc: Readonly<Record<string, string>>;
}

const MEDIA_TYPES = {
  imageMessage: "image",
  videoMessage: "video",
  ptvMessage: "ptv",
  audioMessage: "audio",
  documentMessage: "document",
  stickerMessage: "sticker",
  contactMessage: "vcard",
  contactsArrayMessage: "contact_array",
  liveLocationMessage: "livelocation",
  locationMessage: "location",
} as const satisfies Partial<Record<keyof proto.IMessage, string>>;

const { Type } = proto.Message.ProtocolMessage;

/** Reads from the content what clients write into the stanza (Baileys messages-send.js: getMessageType, getMediaType). */
export function messageKind(message: proto.IMessage): MessageKind {
  const inner = unwrapped(message);
  if (inner.reactionMessage) return { type: "reaction", enc: { "decrypt-fail": "hide" } };
  if (inner.pollUpdateMessage) return { type: "poll", enc: { "decrypt-fail": "hide" } };
  if (inner.pollCreationMessage || inner.pollCreationMessageV2 || inner.pollCreationMessageV3) {
    return { type: "poll", enc: {} };
  }
  if (inner.eventMessage) return { type: "event", enc: {} };
  if (inner.pinInChatMessage) return { type: "text", edit: "2", enc: { "decrypt-fail": "hide" } };
  const type = inner.protocolMessage?.type;
  if (type === Type.MESSAGE_EDIT)
    return { type: "text", edit: "1", enc: { "decrypt-fail": "hide" } };
  if (type === Type.REVOKE && inner.protocolMessage?.key) {
    return { type: "text", edit: inner.protocolMessage.key.fromMe ? "7" : "8", enc: {} };
  }
  const mediatype = mediaType(inner);
  return mediatype === undefined
    ? { type: "text", enc: {} }
    : { type: "media", enc: { mediatype } };
}

function mediaType(message: proto.IMessage): string | undefined {
  if (message.audioMessage?.ptt) return "ptt";
  if (message.videoMessage?.gifPlayback) return "gif";
  if (message.extendedTextMessage?.matchedText) return "url";
  for (const [field, type] of Object.entries(MEDIA_TYPES)) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The table's keys are fields of a message.
    if (message[field as keyof typeof MEDIA_TYPES]) return type;
  }
  return undefined;
}

/** The content inside the wrappers for messages that disappear or may be seen once. */
function unwrapped(message: proto.IMessage): proto.IMessage {
  const inner =
    message.deviceSentMessage?.message ??
    message.ephemeralMessage?.message ??
    message.viewOnceMessage?.message ??
    message.viewOnceMessageV2?.message ??
    message.documentWithCaptionMessage?.message ??
    message.editedMessage?.message;
  return inner ? unwrapped(inner) : message;
}
