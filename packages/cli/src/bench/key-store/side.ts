import type { SignalKeyStore } from "@whiskeysockets/baileys";
import type { Side } from "../side.ts";

/** What every figure is relative to: the store that Baileys ships. */
export const BASE = "useMultiFileAuthState";

/** The part of Baileys' key store that is measured. */
export type Keys = Pick<SignalKeyStore, "get" | "set">;

/** A store that takes part. Its kind is that of its name. */
export interface KeyStoreSide extends Side {
  readonly keys: Keys;
}
