import type { proto } from "../../wire/baileys.ts";
import type { MessageReference } from "./message-reference.ts";

export interface TextOptions {
  /** The message this one answers, shown above it. */
  readonly quoted?: MessageReference | undefined;
  /** User JIDs that are mentioned. */
  readonly mentions?: readonly string[] | undefined;
  /** Passed on from another chat. @defaultValue `false` */
  readonly forwarded?: boolean | undefined;
  /** How long it may be seen, in seconds. */
  readonly disappearsAfterSeconds?: number | undefined;
}

/** A text. Without anything around it, it is the shortest form there is. */
export function textMessage(text: string, options: TextOptions = {}): proto.IMessage {
  const contextInfo = contextInfoOf(options);
  const { disappearsAfterSeconds } = options;
  const message: proto.IMessage =
    contextInfo === undefined
      ? { conversation: text }
      : { extendedTextMessage: { text, contextInfo } };
  return disappearsAfterSeconds === undefined ? message : { ephemeralMessage: { message } };
}

function contextInfoOf(options: TextOptions): proto.IContextInfo | undefined {
  const { quoted, mentions, forwarded, disappearsAfterSeconds } = options;
  const info: proto.IContextInfo = {
    ...(quoted === undefined ? {} : quote(quoted)),
    ...(mentions === undefined ? {} : { mentionedJid: [...mentions] }),
    ...(forwarded ? { isForwarded: true, forwardingScore: 1 } : {}),
    ...(disappearsAfterSeconds === undefined ? {} : { expiration: disappearsAfterSeconds }),
  };
  return Object.keys(info).length === 0 ? undefined : info;
}

/** What a message says of the one it answers. */
function quote({ id, author, message }: MessageReference): proto.IContextInfo {
  return {
    stanzaId: id,
    quotedMessage: message,
    ...(author === undefined ? {} : { participant: author }),
  };
}

/** A message as it is passed on to another chat. Plain text needs the longer form to say that it was. */
export function forwardedMessage({ message }: MessageReference): proto.IMessage {
  const { conversation, extendedTextMessage, imageMessage, videoMessage } = message;
  const mark = { contextInfo: { isForwarded: true, forwardingScore: 1 } };
  if (conversation) return { extendedTextMessage: { text: conversation, ...mark } };
  if (extendedTextMessage) return { extendedTextMessage: { ...extendedTextMessage, ...mark } };
  if (imageMessage) return { imageMessage: { ...imageMessage, ...mark } };
  if (videoMessage) return { videoMessage: { ...videoMessage, ...mark } };
  return message;
}
