import { crc32 } from "node:zlib";
import { StoreKitError } from "../errors.ts";

/** How one kind of value becomes bytes. `id` and `version` stand in front of every stored body. */
export interface Codec<V> {
  /** 1 to 255, never reused. */
  readonly id: number;
  /** 1 to 255; raised when the bytes change meaning. */
  readonly version: number;
  encode(value: V): Uint8Array;
  decode(bytes: Uint8Array): V;
}

// id, version, CRC-32 of the rest. Without the sum, a body cut at a field boundary still decodes, and half a
// message would be sent.
const HEADER_BYTES = 6;

/** Encodes a value behind its header, or answers `undefined` for one that encodes to nothing. */
export function encodeBody<V>(codec: Codec<V>, value: V): Uint8Array | undefined {
  const bytes = codec.encode(value);
  if (bytes.length === 0) return undefined;
  const body = Buffer.allocUnsafe(HEADER_BYTES + bytes.length);
  body.writeUInt8(codec.id, 0);
  body.writeUInt8(codec.version, 1);
  body.writeUInt32BE(crc32(bytes), 2);
  body.set(bytes, HEADER_BYTES);
  return body;
}

/**
 * Decodes what `encodeBody` wrote.
 *
 * @throws StoreKitError `STORE_KIT_BODY_UNREADABLE` for anything else.
 */
export function decodeBody<V>(codec: Codec<V>, body: Uint8Array): V {
  const header = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (header.length <= HEADER_BYTES) throw unreadable("is too short");
  if (header[0] !== codec.id || header[1] !== codec.version) {
    throw unreadable(
      `is of kind ${header[0]} version ${header[1]}, which this release does not read`,
    );
  }
  const bytes = header.subarray(HEADER_BYTES);
  if (header.readUInt32BE(2) !== crc32(bytes)) throw unreadable("is damaged");
  try {
    return codec.decode(bytes);
  } catch (error) {
    throw unreadable("does not decode", error);
  }
}

function unreadable(how: string, cause?: unknown): StoreKitError {
  return new StoreKitError("STORE_KIT_BODY_UNREADABLE", `A stored message ${how}`, { cause });
}
