import { type AuthenticationState, initAuthCreds } from "@whiskeysockets/baileys";

/** Credentials as a new bot has them, with keys that are kept nowhere. */
export function unpaired(): AuthenticationState {
  return { creds: initAuthCreds(), keys: { get: async () => ({}), set: async () => {} } };
}
