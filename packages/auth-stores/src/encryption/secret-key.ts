import { createHmac, createSecretKey } from "node:crypto";
import { UsageError } from "@motte/core/errors";
import { AuthStoreError } from "../errors.ts";
import { openBox, sealBox } from "./box.ts";
import type { KeyProvider } from "./key-provider.ts";

export const KEY_BYTES = 32;
const BOUND = Buffer.from("motte-auth data key");

/**
 * Wraps data keys with a key of 256 random bits: 32 bytes, or the same as 64 hexadecimal digits.
 *
 * Its id is a fingerprint of the key, so a wrong key is told from a damaged one with certainty. Throws a
 * `UsageError` for anything else; a text that people can remember belongs into `passphraseKey`.
 */
export function secretKey(key: Uint8Array | string): KeyProvider {
  const bytes = typeof key === "string" ? fromHex(key) : Buffer.from(key);
  if (bytes.length !== KEY_BYTES) {
    throw new UsageError("USAGE_INVALID_OPTION", `The key must have 32 bytes, not ${bytes.length}`);
  }
  const currentId = createHmac("sha256", bytes)
    .update("motte-auth key id")
    .digest("hex")
    .slice(0, 16);
  const secret = createSecretKey(bytes);
  return {
    currentId,
    wrap: async (dataKey) => sealBox(secret, BOUND, dataKey),
    unwrap: async (id, wrapped) => {
      if (id !== currentId) return null;
      const dataKey = openBox(secret, BOUND, wrapped);
      if (dataKey !== undefined) return dataKey;
      throw new AuthStoreError(
        "AUTH_STORE_CORRUPT",
        "The session's wrapped data key is damaged (the key given is the right one): restore a backup",
      );
    },
  };
}

function fromHex(text: string): Buffer {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, "hex");
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    "A key given as text must be 64 hexadecimal digits (32 random bytes): for a passphrase use passphraseKey()",
  );
}
