import type { SignalDataTypeMap } from "@whiskeysockets/baileys";

type Family = keyof SignalDataTypeMap;

/**
 * The families of which Baileys and Signal make a record anew when it is gone: sessions and sender keys by a retry,
 * app-state keys and versions by asking the phone, the others by asking the server.
 */
export const FAMILIES: readonly Family[] = [
  "session",
  "sender-key",
  "sender-key-memory",
  "identity-key",
  "pre-key",
  "app-state-sync-key",
  "app-state-sync-version",
  "lid-mapping",
  "device-list",
  "tctoken",
];

export function isFamily(type: string): type is Family {
  return FAMILIES.some((family) => family === type);
}
