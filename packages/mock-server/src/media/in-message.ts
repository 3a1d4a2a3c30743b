import type { proto } from "../wire/baileys.ts";
import type { MediaKind } from "./keys.ts";

/** What a message says of its file, whatever kind of message it is. */
export interface MediaContent {
  url?: string | null;
  directPath?: string | null;
  mediaKey?: Uint8Array | null;
  fileSha256?: Uint8Array | null;
  fileEncSha256?: Uint8Array | null;
}

export interface MediaInMessage {
  readonly kind: MediaKind;
  readonly content: MediaContent;
}

/** The file a message carries, also inside a message that disappears or can be viewed once. */
export function mediaIn(message: proto.IMessage): MediaInMessage | undefined {
  const inner = wrapped(message);
  if (inner) return mediaIn(inner);
  if (message.imageMessage) return { kind: "image", content: message.imageMessage };
  const video = message.videoMessage ?? message.ptvMessage;
  if (video) return { kind: "video", content: video };
  if (message.audioMessage) return { kind: "audio", content: message.audioMessage };
  if (message.documentMessage) return { kind: "document", content: message.documentMessage };
  if (message.stickerMessage) return { kind: "sticker", content: message.stickerMessage };
  return undefined;
}

function wrapped(message: proto.IMessage): proto.IMessage | null | undefined {
  const wrapper =
    message.ephemeralMessage ??
    message.viewOnceMessage ??
    message.viewOnceMessageV2 ??
    message.viewOnceMessageV2Extension ??
    message.documentWithCaptionMessage ??
    message.editedMessage;
  return wrapper?.message ?? message.deviceSentMessage?.message;
}
