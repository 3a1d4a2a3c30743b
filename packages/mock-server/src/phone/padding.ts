import type { Random } from "@motte/core/random";

const MAX_PADDING = 16;

/** Adds 1 to 16 bytes, each holding their count, so that the length gives less away. */
export function pad(plaintext: Uint8Array, random: Random): Buffer {
  const count = 1 + Math.floor(random.next() * MAX_PADDING);
  return Buffer.concat([plaintext, Buffer.alloc(count, count)]);
}

/** Throws when the bytes were not padded by the rule, which strict clients check too. */
export function unpad(padded: Buffer): Buffer {
  const count = padded.at(-1) ?? 0;
  const padding = padded.subarray(padded.length - count);
  if (
    count === 0 ||
    count > MAX_PADDING ||
    count > padded.length ||
    !padding.every((byte) => byte === count)
  ) {
    throw new Error("The decrypted message is not padded");
  }
  return padded.subarray(0, padded.length - count);
}
