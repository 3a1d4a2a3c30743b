import { DEFAULT_CONNECTION_CONFIG } from "@whiskeysockets/baileys";

/**
 * The run-time values taken from Baileys: protobufs, the node codec with its token tables, the curve, and the
 * version it announces itself with. Everything else imports them from here, so that what the server leans on
 * can be seen in one place.
 */
export { Curve, decodeBinaryNode, encodeBinaryNode, proto } from "@whiskeysockets/baileys";
export type { BinaryNode } from "@whiskeysockets/baileys";

export const defaultVersion: readonly [number, number, number] = DEFAULT_CONNECTION_CONFIG.version;
