import { crc32 } from "node:zlib";
import { hasCode } from "@motte/core/errors";
import type { WAMessage, proto } from "@whiskeysockets/baileys";
import { isName } from "../messages/address.ts";

/** The protobuf of Baileys that holds a list of messages: a conversation, as in the history a phone sends. */
export type MessageWire = Pick<typeof proto, "Conversation" | "WebMessageInfo" | "MessageKey">;

/** That of the installed Baileys; `undefined` where the bot has it by another name. */
export async function messageWire(): Promise<MessageWire | undefined> {
  try {
    const { proto: wire } = await import("@whiskeysockets/baileys");
    return wire;
  } catch (error) {
    if (hasCode(error, "ERR_MODULE_NOT_FOUND")) return undefined;
    throw error;
  }
}

// What `v8.serialize` writes begins with 0xff.
const VERSION = 1;
// The version, and CRC-32 of the rest: protobuf reads nearly anything.
const HEADER_BYTES = 5;

/**
 * Messages as protobuf, in a quarter of the bytes and of the time that a general serialiser takes; `undefined` where
 * that would leave something out.
 */
export function encodeMessages(
  messages: readonly WAMessage[],
  { Conversation, WebMessageInfo, MessageKey }: MessageWire,
): Uint8Array | undefined {
  const isWhole = messages.every(
    (message) =>
      isObject(message) &&
      isObject(message.key) &&
      // Baileys adds to a key the other form of a JID, and the addressing mode.
      hasOnly(message, WebMessageInfo.prototype) &&
      hasOnly(message.key, MessageKey.prototype) &&
      [message.key.id, message.key.remoteJid, message.key.participant].every(isAbsentOrName),
  );
  if (!isWhole) return undefined;
  try {
    const list = messages.map((message) => ({ message }));
    const bytes = Conversation.encode({ id: "", messages: list }).finish();
    const data = Buffer.allocUnsafeSlow(HEADER_BYTES + bytes.length);
    data.writeUInt8(VERSION, 0);
    data.writeUInt32BE(crc32(bytes), 1);
    data.set(bytes, HEADER_BYTES);
    return data;
  } catch (error) {
    // protobufjs: a value is not of its field's type. Whoever reads the message finds out, not who keeps it.
    if (error instanceof Error) return undefined;
    throw error;
  }
}

/** Whether `encodeMessages` wrote it, this release or a later one. */
export function areEncodedMessages(data: Uint8Array): boolean {
  return data[0] === VERSION;
}

/** @throws Error for bytes that are not what was written. */
export function decodeMessages(data: Uint8Array, { Conversation }: MessageWire): WAMessage[] {
  const header = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const bytes = header.subarray(HEADER_BYTES);
  if (header.length < HEADER_BYTES || header.readUInt32BE(1) !== crc32(bytes)) {
    throw new TypeError("The sum of the bytes is not the one that was written");
  }
  const messages: WAMessage[] = [];
  for (const { message } of Conversation.decode(bytes).messages) {
    if (message && isKeyed(message)) messages.push(message);
  }
  return messages;
}

function isKeyed(message: proto.IWebMessageInfo): message is WAMessage {
  return isObject(message.key);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Whether all that an object says has a field in protobuf. */
function hasOnly(value: object, fields: object): boolean {
  return Object.keys(value).every(
    (name) => name in fields || (Reflect.get(value, name) ?? undefined) === undefined,
  );
}

// Half a character would come back as another one.
function isAbsentOrName(value: unknown): boolean {
  return value === undefined || value === null || isName(value);
}
