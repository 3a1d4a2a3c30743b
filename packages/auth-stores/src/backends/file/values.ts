import type { AppStateSyncKeyCodec } from "../../peer-library.ts";
import { bytesFromTag, isObject } from "../../codec/bytes.ts";
import { stringifyTagged } from "../../codec/tagged-json.ts";
import { decodeTagged, encodeTagged, valueCodec } from "../../codec/value-codec.ts";

/** Translates between stored bytes and the JSON that Baileys keeps in its files. */
export interface FileValues {
  /** What Baileys would write; `undefined` when the bytes are none of our values or do not survive the way back. */
  recordToText(type: string, bytes: Uint8Array): Buffer | undefined;
  /** Reads every form that a Baileys has written. Text that is no JSON comes out as bytes that do not decode. */
  recordFromText(type: string, text: Buffer): Buffer;
  credsToText(bytes: Uint8Array): Buffer | undefined;
  credsFromText(text: Buffer): Buffer;
}

// See value-codec.ts.
const PLAIN_JSON = 0x03;
const TAGGED_JSON = 0x04;
const SESSION_START = Buffer.from('{"_sessions":');
// How our JSON marks an object that merely looks like a Buffer. Baileys has no such mark.
const LITERAL = '"Literal"';

export function fileValues(appStateSyncKey: AppStateSyncKeyCodec): FileValues {
  const codec = valueCodec(appStateSyncKey);

  const recordFromText = (type: string, text: Buffer): Buffer => {
    // Sessions are read most often and hold no bytes: what libsignal stores is stored by Baileys as it is.
    if (type === "session" && startsLikeSession(text)) return withTag(PLAIN_JSON, text);
    try {
      return Buffer.from(codec.encode(type, parseBaileysJson(text)));
    } catch {
      // Nothing here does I/O, so this text is no value. Whoever asked finds out when decoding, and sets it aside.
      return withTag(TAGGED_JSON, text);
    }
  };

  return {
    recordFromText,
    recordToText(type, bytes) {
      const body = bytes.subarray(1);
      if (type === "session" && bytes[0] === PLAIN_JSON && startsLikeSession(body)) {
        return Buffer.from(body);
      }
      return lossless(
        bytes,
        () => codec.decode(type, bytes),
        (text) => recordFromText(type, text),
      );
    },
    credsToText: (bytes) => lossless(bytes, () => decodeTagged(bytes), credsFromText),
    credsFromText,
  };
}

function credsFromText(text: Buffer): Buffer {
  // Our JSON is Baileys', but for the mark that has to be marked itself.
  if (!text.includes(LITERAL)) return withTag(TAGGED_JSON, text);
  try {
    return Buffer.from(encodeTagged(parseBaileysJson(text)));
  } catch {
    // As in recordFromText.
    return withTag(TAGGED_JSON, text);
  }
}

function lossless(
  bytes: Uint8Array,
  decode: () => unknown,
  back: (text: Buffer) => Buffer,
): Buffer | undefined {
  let text: Buffer;
  try {
    text = Buffer.from(stringifyTagged(decode()));
  } catch {
    // Nothing here does I/O: these bytes are not a value of this package, for instance because they are encrypted.
    return undefined;
  }
  return !text.includes(LITERAL) && back(text).equals(bytes) ? text : undefined;
}

function startsLikeSession(text: Uint8Array): boolean {
  return Buffer.compare(text.subarray(0, SESSION_START.length), SESSION_START) === 0;
}

function withTag(tag: number, text: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(tag), text]);
}

function parseBaileysJson(text: Buffer): unknown {
  return unmark(JSON.parse(text.toString()));
}

function unmark(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unmark);
  if (!isObject(value)) return value;
  const bytes = bytesFromTag(value);
  if (bytes !== undefined) return bytes;
  // In place: JSON.parse made "__proto__" an own property, which copying by assignment would not.
  for (const key of Object.keys(value)) value[key] = unmark(value[key]);
  return value;
}
