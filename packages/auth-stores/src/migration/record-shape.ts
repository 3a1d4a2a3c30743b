import { isObject } from "../codec/bytes.ts";

const isShape: Readonly<Record<string, (value: unknown) => boolean>> = {
  "pre-key": (value) =>
    isObject(value) && isBytes(value["public"], 32) && isBytes(value["private"], 32),
  session: (value) => isObject(value) && isObject(value["_sessions"]),
  "sender-key": isSenderKey,
  "sender-key-memory": (value) => isObject(value) && !Array.isArray(value),
  "app-state-sync-key": (value) => isObject(value) && isBytes(value["keyData"], 32),
  "app-state-sync-version": (value) =>
    isObject(value) &&
    typeof value["version"] === "number" &&
    isBytes(value["hash"], 128) &&
    isObject(value["indexValueMap"]),
  "lid-mapping": (value) => typeof value === "string" && /^\d+$/.test(value),
  "device-list": (value) =>
    Array.isArray(value) && value.every((device) => typeof device === "string"),
  tctoken: (value) => isObject(value) && value["token"] instanceof Uint8Array,
  "identity-key": (value) => isBytes(value, 33) || isBytes(value, 32),
};

/**
 * Whether a value has the shape Baileys 7 works with. Families that Baileys does not know may have any.
 *
 * Asked of what comes from other stores, which have been seen to damage values that still parse.
 */
export function hasExpectedShape(type: string, value: unknown): boolean {
  return !Object.hasOwn(isShape, type) || isShape[type]?.(value) === true;
}

function isBytes(value: unknown, length: number): boolean {
  return value instanceof Uint8Array && value.length === length;
}

// SenderKeyRecord.deserialize of Baileys 7 takes the JSON text of an array of states.
function isSenderKey(value: unknown): boolean {
  if (!(value instanceof Uint8Array)) return false;
  try {
    const states: unknown = JSON.parse(Buffer.from(value).toString());
    return Array.isArray(states) && states.every(isObject);
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
