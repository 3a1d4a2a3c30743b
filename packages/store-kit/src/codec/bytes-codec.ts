import type { Codec } from "../messages/codec.ts";

/** Bytes as they are. Nothing is stored for no bytes at all. */
export const bytesCodec: Codec<Uint8Array> = {
  id: 3,
  version: 1,
  encode: (bytes) => bytes,
  // A copy, since what was read also holds the header; a Buffer, as Baileys keeps them.
  decode: (bytes) => Buffer.from(bytes),
};
