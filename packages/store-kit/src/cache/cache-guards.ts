import type { proto } from "@whiskeysockets/baileys";
import type { BaileysRuntime } from "../baileys-runtime.ts";
import type { CacheGuard } from "./cache-store.ts";

/** How often a message was retried. Anything else would be counted on as a string or NaN. */
export const retryCount: CacheGuard<number> = (_key, value) =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;

/** A user's devices. Baileys calls `.map` on it, and takes an empty list as a valid answer. */
export const deviceList: CacheGuard<readonly object[]> = (_key, value) =>
  Array.isArray(value) && value.every(isDevice) ? value : undefined;

/** Kept by reference: Baileys later adds the message to the object it stored. */
export const anyValue: CacheGuard<unknown> = (_key, value) => value;

/**
 * An uploaded media message that may be sent again: whole, and with its `mediaKey`.
 *
 * Baileys messages.js stores newsletter uploads, which are not encrypted, under the same key as all others; a
 * later send to a chat would carry no `mediaKey` and nobody could open it. A `ptvMessage` is refused since the
 * hit path assigns into `videoMessage` and throws.
 */
export function sendableMedia(load: () => Promise<BaileysRuntime>): CacheGuard<Uint8Array> {
  return async (_key, value) => {
    if (!(value instanceof Uint8Array)) return undefined;
    const { proto } = await load();
    const message = proto.Message.decode(value);
    if (!mediaOf(message)?.mediaKey?.length) return undefined;
    // A copy, since a protobuf writer may hand out a view of a larger pool; a Buffer, as Baileys stored one.
    return Buffer.from(value);
  };
}

// Without `ptvMessage`, on purpose.
function mediaOf(message: proto.IMessage): { mediaKey?: Uint8Array | null } | null | undefined {
  return (
    message.imageMessage ??
    message.videoMessage ??
    message.audioMessage ??
    message.documentMessage ??
    message.stickerMessage
  );
}

function isDevice(value: unknown): value is object {
  return (
    typeof value === "object" && value !== null && "user" in value && typeof value.user === "string"
  );
}
