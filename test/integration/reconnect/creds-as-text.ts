import { BufferJSON } from "@whiskeysockets/baileys";
import type { AuthStateHandle } from "@motte/auth-stores";

/** The credentials as they are now, to be compared with what they are later. */
export function credsAsText({ state }: AuthStateHandle): string {
  return JSON.stringify(state.creds, BufferJSON.replacer);
}
