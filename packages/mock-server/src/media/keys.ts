import { hkdfSync } from "node:crypto";

/** What a media file is, which decides how its keys are derived. */
export type MediaKind =
  | "image"
  | "video"
  | "audio"
  | "document"
  | "sticker"
  | "thumbnail-image"
  | "thumbnail-video"
  | "thumbnail-document"
  | "thumbnail-link"
  | "md-msg-hist"
  | "md-app-state";

const KEY_INFO: Readonly<Record<MediaKind, string>> = {
  image: "WhatsApp Image Keys",
  video: "WhatsApp Video Keys",
  audio: "WhatsApp Audio Keys",
  document: "WhatsApp Document Keys",
  sticker: "WhatsApp Image Keys",
  "thumbnail-image": "WhatsApp Image Thumbnail Keys",
  "thumbnail-video": "WhatsApp Video Thumbnail Keys",
  "thumbnail-document": "WhatsApp Document Thumbnail Keys",
  "thumbnail-link": "WhatsApp Link Thumbnail Keys",
  "md-msg-hist": "WhatsApp History Keys",
  "md-app-state": "WhatsApp App State Keys",
};

/** What the media key of one file stands for. */
export interface DerivedMediaKeys {
  readonly iv: Buffer;
  readonly cipher: Buffer;
  readonly mac: Buffer;
}

export function deriveMediaKeys(mediaKey: Uint8Array, kind: MediaKind): DerivedMediaKeys {
  const all = Buffer.from(hkdfSync("sha256", mediaKey, "", KEY_INFO[kind], 112));
  return { iv: all.subarray(0, 16), cipher: all.subarray(16, 48), mac: all.subarray(48, 80) };
}
