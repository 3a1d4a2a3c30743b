import { createHash } from "node:crypto";
import { BufferJSON } from "@whiskeysockets/baileys";
import type { AuthStateHandle } from "@motte/auth-stores";

/** Tells the credentials of now from those of before, and shows no keys where a test fails. */
export function credsDigest({ state }: AuthStateHandle): string {
  const text = JSON.stringify(state.creds, BufferJSON.replacer);
  return createHash("sha256").update(text).digest("hex");
}
