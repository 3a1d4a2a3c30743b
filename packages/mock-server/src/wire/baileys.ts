import { DEFAULT_CONNECTION_CONFIG } from "@whiskeysockets/baileys";

/**
 * The run-time values taken from Baileys: protobufs, the curve, the token tables of the node codec, and the version
 * it announces itself with. Everything else imports them from here, so that what the server leans on can be seen in
 * one place.
 */
export { Curve, proto } from "@whiskeysockets/baileys";
export type { BinaryNode } from "@whiskeysockets/baileys";
// The tables are not among the names of Baileys' index; its package has no `exports` that would close this path.
export {
  DOUBLE_BYTE_TOKENS,
  SINGLE_BYTE_TOKENS,
} from "@whiskeysockets/baileys/lib/WABinary/constants.js";

export const defaultVersion: readonly [number, number, number] = DEFAULT_CONNECTION_CONFIG.version;
