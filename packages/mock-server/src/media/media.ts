import type { Random } from "@motte/core/random";
import type { Clock } from "@motte/core/clock";
import type { Endpoint } from "../http/endpoint.ts";
import { MockServerError } from "../errors.ts";
import type { proto } from "../wire/baileys.ts";
import type { MediaAccess } from "./access.ts";
import { decryptMedia, encryptMedia } from "./encryption.ts";
import { type MediaContent, mediaIn } from "./in-message.ts";
import type { MediaKind } from "./keys.ts";
import { directPathOf } from "./paths.ts";
import type { MediaStore, StoredMedia } from "./store.ts";

/** What every message with a file has. */
export interface MediaOptions {
  /** @defaultValue what fits the kind of message, like `image/jpeg` */
  readonly mimetype?: string;
  /**
   * Name the file by its path below any media host, as real messages do: a client then downloads it over https. Without
   * it the message has a plain `http` URL, which Baileys fetches without any set-up. @defaultValue `true`
   */
  readonly directPath?: boolean;
}

/** A picture. */
export interface PictureOptions extends MediaOptions {
  /** The text below it. @defaultValue none */
  readonly caption?: string;
  /** In pixels. @defaultValue not told */
  readonly width?: number;
  /** In pixels. @defaultValue not told */
  readonly height?: number;
  /** A small JPEG, shown until the file is there. @defaultValue none */
  readonly thumbnail?: Uint8Array;
}

/** A video. */
export interface VideoOptions extends PictureOptions {
  /** How long it is. @defaultValue not told */
  readonly seconds?: number;
  /** A GIF is a video that plays by itself. @defaultValue `false` */
  readonly gif?: boolean;
}

/** A sound, or a voice note. */
export interface AudioOptions extends MediaOptions {
  /** How long it is. @defaultValue not told */
  readonly seconds?: number;
  /** A recording instead of a file. @defaultValue `false` */
  readonly voice?: boolean;
  /** The shape of a recording: 64 bytes from 0 to 100. @defaultValue none */
  readonly waveform?: Uint8Array;
}

/** Any file. */
export interface DocumentOptions extends MediaOptions {
  /** The name people see. */
  readonly fileName: string;
  /** The text below it. @defaultValue none */
  readonly caption?: string;
  /** How many pages it has. @defaultValue not told */
  readonly pageCount?: number;
  /** A small JPEG of its first page. @defaultValue none */
  readonly thumbnail?: Uint8Array;
}

/** A sticker, WebP. */
export interface StickerOptions extends MediaOptions {
  /** It moves. @defaultValue not told */
  readonly animated?: boolean;
  /** In pixels. @defaultValue not told */
  readonly width?: number;
  /** In pixels. @defaultValue not told */
  readonly height?: number;
}

export interface ServerMediaParts {
  readonly store: MediaStore;
  readonly access: MediaAccess;
  readonly endpoint: Endpoint;
  readonly random: Random;
  readonly clock: Clock;
}

interface MediaFields extends proto.Message.IStickerMessage {
  url: string;
  mimetype: string;
  fileSha256: Buffer;
  fileEncSha256: Buffer;
  fileLength: number;
  mediaKey: Buffer;
  mediaKeyTimestamp: number;
}

/**
 * The media host of a server: makes messages whose file is encrypted and stored there, as an app does that sends
 * them, and reads the files of messages that clients have sent.
 */
export class ServerMedia {
  readonly #parts: ServerMediaParts;

  /** @internal */
  constructor(parts: ServerMediaParts) {
    this.#parts = parts;
  }

  /** What was uploaded and has not expired, oldest first, encrypted as it was uploaded. */
  get files(): readonly StoredMedia[] {
    return this.#parts.store.files;
  }

  image(bytes: Uint8Array, options: PictureOptions = {}): proto.IMessage {
    const fields = this.#upload(bytes, "image", options.mimetype ?? "image/jpeg", options);
    return { imageMessage: { ...fields, ...appearance(options) } };
  }

  video(bytes: Uint8Array, options: VideoOptions = {}): proto.IMessage {
    const { seconds, gif = false } = options;
    const fields = this.#upload(bytes, "video", options.mimetype ?? "video/mp4", options);
    const length = seconds === undefined ? {} : { seconds };
    const playback = gif ? { gifPlayback: true } : {};
    return { videoMessage: { ...fields, ...appearance(options), ...length, ...playback } };
  }

  audio(bytes: Uint8Array, options: AudioOptions = {}): proto.IMessage {
    const { seconds, voice = false, waveform, mimetype } = options;
    const type = mimetype ?? (voice ? "audio/ogg; codecs=opus" : "audio/mpeg");
    const fields = this.#upload(bytes, "audio", type, options);
    const length = seconds === undefined ? {} : { seconds };
    const shape = waveform === undefined ? {} : { waveform };
    return { audioMessage: { ...fields, ptt: voice, ...length, ...shape } };
  }

  document(bytes: Uint8Array, options: DocumentOptions): proto.IMessage {
    const { fileName, caption, pageCount, thumbnail, mimetype } = options;
    const type = mimetype ?? "application/octet-stream";
    const documentMessage = {
      ...this.#upload(bytes, "document", type, options),
      fileName,
      title: fileName,
      ...(pageCount === undefined ? {} : { pageCount }),
      ...(thumbnail === undefined ? {} : { jpegThumbnail: thumbnail }),
    };
    if (caption === undefined) return { documentMessage };
    return {
      documentWithCaptionMessage: { message: { documentMessage: { ...documentMessage, caption } } },
    };
  }

  sticker(bytes: Uint8Array, options: StickerOptions = {}): proto.IMessage {
    const { animated = false, width = 512, height = 512, mimetype = "image/webp" } = options;
    const fields = this.#upload(bytes, "sticker", mimetype, options);
    return { stickerMessage: { ...fields, width, height, isAnimated: animated } };
  }

  /**
   * The file of a message that somebody received, decrypted. Throws `MOCK_MEDIA_MISSING` when there is none on the
   * server, and `MOCK_MEDIA_CORRUPT` when its code or its hashes are not what the message says.
   */
  download(message: proto.IMessage): Buffer {
    const { kind, content } = mediaOf(message);
    const file = this.#parts.store.find(tokenOf(content));
    if (typeof file === "string") {
      throw new MockServerError(
        "MOCK_MEDIA_MISSING",
        file === "expired"
          ? "The file of this message has expired"
          : "The file of this message was never uploaded to this server",
      );
    }
    return decryptMedia(
      file.bytes,
      { ...content, mediaKey: content.mediaKey ?? new Uint8Array() },
      kind,
    );
  }

  /** Takes the file of a message from the host: downloads get 410 until it is uploaded again. */
  expire(message: proto.IMessage): void {
    const { content } = mediaOf(message);
    if (this.#parts.store.expire(tokenOf(content))) return;
    throw new MockServerError(
      "MOCK_MEDIA_MISSING",
      "The file of this message is not on the server",
    );
  }

  /** Makes every client fetch `media_conn` again before its next upload. */
  revokeUploads(): void {
    this.#parts.access.revokeAll();
  }

  #upload(
    plain: Uint8Array,
    kind: MediaKind,
    mimetype: string,
    { directPath: byPath = true }: MediaOptions,
  ): MediaFields {
    const { store, endpoint, random, clock } = this.#parts;
    const { bytes, ...claims } = encryptMedia(plain, random.bytes(32), kind);
    const directPath = directPathOf(store.add(kind, bytes));
    return {
      ...claims,
      mimetype,
      mediaKeyTimestamp: Math.floor(clock.now() / 1000),
      ...(byPath
        ? { url: endpoint.url("https", directPath), directPath }
        : { url: endpoint.url("http", directPath) }),
    };
  }
}

function appearance({ caption, width, height, thumbnail }: PictureOptions): {
  caption?: string;
  width?: number;
  height?: number;
  jpegThumbnail?: Uint8Array;
} {
  return {
    ...(caption === undefined ? {} : { caption }),
    ...(width === undefined ? {} : { width }),
    ...(height === undefined ? {} : { height }),
    ...(thumbnail === undefined ? {} : { jpegThumbnail: thumbnail }),
  };
}

function mediaOf(message: proto.IMessage): { kind: MediaKind; content: MediaContent } {
  const media = mediaIn(message);
  if (media !== undefined) return media;
  throw new MockServerError("MOCK_MEDIA_MISSING", "This message carries no media");
}

/** Files are named by the hash of what is stored. */
function tokenOf({ fileEncSha256 }: MediaContent): string {
  return Buffer.from(fileEncSha256 ?? []).toString("base64url");
}
