import { UsageError } from "@motte/core/errors";
import type { AppStateSyncKeyCodec } from "../peer-library.ts";
import { isBareJson } from "./bare-json.ts";
import { isObject } from "./bytes.ts";
import { parseTagged, stringifyTagged } from "./tagged-json.ts";
import { normaliseValue } from "./value-shape.ts";

// The first byte of every stored value says how the rest is written. 0x00 stays free: encryption marks what does not
// open with it.
const TEXT = 0x01;
const RAW = 0x02;
const PLAIN_JSON = 0x03;
const TAGGED_JSON = 0x04;
const KEY_PAIR = 0x05;
const APP_STATE_SYNC_KEY = 0x06;
const NO_TAG = -1;

const KEY_BYTES = 32;

/** Turns one record of Baileys' key store into bytes and back. */
export interface ValueCodec {
  /** Throws a `UsageError` for a value that no JSON can hold. The bytes share no memory with `value`. */
  encode(type: string, value: unknown): Uint8Array;
  /** Throws when the bytes are not a stored value. The result shares no memory with `bytes`. */
  decode(type: string, bytes: Uint8Array): unknown;
}

export function valueCodec(appStateSyncKey: AppStateSyncKeyCodec): ValueCodec {
  const encodeNormal = (type: string, value: unknown): Uint8Array => {
    if (type === "app-state-sync-key" && isObject(value)) {
      return tagged(APP_STATE_SYNC_KEY, appStateSyncKey.encode(value).finish());
    }
    if (typeof value === "string") return taggedText(TEXT, value);
    if (value instanceof Uint8Array) return tagged(RAW, value);
    if (type === "pre-key") {
      const pair = rawKeyPair(value);
      if (pair !== undefined) return tagged(KEY_PAIR, pair);
    }
    // Sessions are the hottest records and hold no bytes (libsignal stores base64), so they skip the marking.
    if (isPlain(type, value)) return taggedText(PLAIN_JSON, JSON.stringify(value));
    return taggedText(TAGGED_JSON, stringifyTagged(value));
  };

  return {
    encode(type, value) {
      try {
        return encodeNormal(type, normaliseValue(type, value, appStateSyncKey));
      } catch (error) {
        throw new UsageError("USAGE_INVALID_OPTION", `This "${type}" value cannot be stored`, {
          cause: error,
        });
      }
    },
    decode(type, bytes) {
      const tag = bytes[0] ?? NO_TAG;
      switch (tag) {
        case TEXT:
          return textOf(bytes);
        case RAW:
          return normaliseValue(type, bodyOf(bytes), appStateSyncKey);
        case PLAIN_JSON:
          return JSON.parse(textOf(bytes));
        case TAGGED_JSON:
          return normaliseValue(type, parseTagged(textOf(bytes)), appStateSyncKey);
        case KEY_PAIR:
          return keyPair(bodyOf(bytes));
        case APP_STATE_SYNC_KEY:
          return appStateSyncKey.decode(bodyOf(bytes));
        default:
          throw new TypeError(tag === NO_TAG ? "no bytes" : `unknown tag ${tag}`);
      }
    },
  };
}

/** Creds as JSON with marked bytes. */
export function encodeTagged(value: unknown): Uint8Array {
  return taggedText(TAGGED_JSON, stringifyTagged(value));
}

/** JSON whose bytes are marked already, by us or by Baileys, as a stored value. */
export function storedJson(text: string): Uint8Array {
  return tagged(TAGGED_JSON, Buffer.from(text));
}

/** The JSON text of a value that is stored as marked JSON, `undefined` for one stored otherwise. */
export function storedJsonText(bytes: Uint8Array): string | undefined {
  return bytes[0] === TAGGED_JSON ? Buffer.from(bytes.subarray(1)).toString() : undefined;
}

/**
 * Whether bytes are in a form that encoding what they mean gives back, so that they need not be encoded to see whether
 * they are up to date. JSON counts, as what is in it means the same in whatever order.
 */
export function isFinalForm(bytes: Uint8Array): boolean {
  const tag = bytes[0] ?? NO_TAG;
  return tag === TEXT || tag === PLAIN_JSON || tag === KEY_PAIR;
}

/** Whether decoding these bytes gives back certainly some JSON, found out without decoding them; no says nothing. */
export function isCertainlyJson(bytes: Uint8Array): boolean {
  return bytes[0] === PLAIN_JSON && isBareJson(bytes, 1);
}

/** Reads what `encodeTagged` wrote; throws for anything else. */
export function decodeTagged(bytes: Uint8Array): unknown {
  if (bytes[0] !== TAGGED_JSON) throw new TypeError("not marked JSON");
  return parseTagged(Buffer.from(bytes.subarray(1)).toString());
}

function tagged(tag: number, body: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(1 + body.length);
  bytes[0] = tag;
  bytes.set(body, 1);
  return bytes;
}

/** What follows the tag, with memory of its own. */
function bodyOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.subarray(1));
}

function textOf(bytes: Uint8Array): string {
  const view = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return view.toString("utf8", 1);
}

function taggedText(tag: number, text: string): Uint8Array {
  const bytes = Buffer.allocUnsafe(1 + Buffer.byteLength(text));
  bytes[0] = tag;
  bytes.write(text, 1);
  return bytes;
}

function isPlain(type: string, value: unknown): boolean {
  if (!isObject(value)) return false;
  switch (type) {
    case "session":
      return "_sessions" in value;
    case "device-list":
      return Array.isArray(value) && value.every((device) => typeof device === "string");
    case "sender-key-memory":
      return holdsOnlyBooleans(value);
    default:
      return false;
  }
}

// As many fields as a group has devices, with every message sent to it: a loop is faster than a list of the values.
function holdsOnlyBooleans(value: Record<string, unknown>): boolean {
  for (const field in value) {
    if (Object.hasOwn(value, field) && typeof value[field] !== "boolean") return false;
  }
  return true;
}

function rawKeyPair(value: unknown): Buffer | undefined {
  if (!isObject(value) || Object.keys(value).length !== 2) return undefined;
  const { public: publicKey, private: privateKey } = value;
  if (!isKey(publicKey) || !isKey(privateKey)) return undefined;
  return Buffer.concat([publicKey, privateKey]);
}

function isKey(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array && value.length === KEY_BYTES;
}

function keyPair(body: Buffer): { public: Buffer; private: Buffer } {
  if (body.length !== 2 * KEY_BYTES) throw new TypeError(`a key pair of ${body.length} bytes`);
  return { public: body.subarray(0, KEY_BYTES), private: body.subarray(KEY_BYTES) };
}
