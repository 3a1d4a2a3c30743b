import type { WAMessage } from "@whiskeysockets/baileys";

/** What one message takes beside its content: key, stamps, the objects that hold them. */
const AROUND_A_MESSAGE = 900;
const OBJECT = 56;
const FIELD = 24;
const BYTES = 96;
/** Deeper than any message; what is deeper is not looked at. */
const DEEPEST = 24;

/** About what a decoded message takes in memory; never less than its texts and bytes. */
export function weighMessage(message: WAMessage): number {
  return AROUND_A_MESSAGE + weigh(message?.message);
}

/** About what a value takes in memory; never less than its texts and bytes. */
export function weigh(value: unknown, depth = 0): number {
  if (typeof value === "string") return FIELD + value.length;
  if (typeof value !== "object" || value === null) return FIELD;
  if (value instanceof Uint8Array) return BYTES + value.length;
  if (depth > DEEPEST) return OBJECT;
  let bytes = OBJECT;
  for (const own of Array.isArray(value) ? value : Object.values(value)) {
    bytes += weigh(own, depth + 1);
  }
  return bytes;
}
