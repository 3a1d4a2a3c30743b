import { bytesFromTag, isObject } from "./bytes.ts";

/**
 * JSON in which bytes are `{"type":"Buffer","data":base64}`, as Baileys writes them.
 *
 * Unlike Baileys' BufferJSON it never guesses: an object with number-like keys stays an object (BufferJSON turns
 * `{"2021":5}` into a Buffer), and an object that merely looks like a marker comes back as it was.
 */
export function stringifyTagged(value: unknown): string {
  return JSON.stringify(mark(value));
}

/** Reads what `stringifyTagged` wrote, and the byte markers of older Baileys versions. */
export function parseTagged(text: string): unknown {
  return unmark(JSON.parse(text));
}

function mark(value: unknown): unknown {
  if (value instanceof Uint8Array) {
    return {
      type: "Buffer",
      data: Buffer.from(value.buffer, value.byteOffset, value.length).toString("base64"),
    };
  }
  if (Array.isArray(value)) return value.map(mark);
  if (!isObject(value)) return value;
  // As JSON.stringify does: a protobuf message becomes base64 strings here, a Date its ISO form.
  if (typeof value["toJSON"] === "function") return mark(value["toJSON"]());
  const marked: Record<string, unknown> = Object.create(null);
  for (const key of Object.keys(value)) marked[key] = mark(value[key]);
  return looksMarked(value) ? { type: "Literal", value: marked } : marked;
}

function looksMarked(value: Record<string, unknown>): boolean {
  return value["type"] === "Buffer" || value["type"] === "Literal" || value["buffer"] === true;
}

function unmark(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unmark);
  if (!isObject(value)) return value;
  if (value["type"] === "Literal" && isObject(value["value"])) return unmarkFields(value["value"]);
  return bytesFromTag(value) ?? unmarkFields(value);
}

function unmarkFields(value: Record<string, unknown>): unknown {
  // In place: JSON.parse made "__proto__" an own property, which copying by assignment would not.
  for (const key of Object.keys(value)) value[key] = unmark(value[key]);
  return value;
}
