import type { AppStateSyncKeyCodec } from "../peer-library.ts";
import { bytesFrom, bytesFromTag, isObject } from "./bytes.ts";

/**
 * Brings a value to the shape Baileys 7 works with at run time, from any form an earlier store left it in.
 *
 * A shape it does not recognise is returned as it is: a later Baileys may well have changed it on purpose. Bytes are
 * returned as they are, too, and not copied.
 */
export function normaliseValue(
  type: string,
  value: unknown,
  appStateSyncKey: AppStateSyncKeyCodec,
): unknown {
  switch (type) {
    case "pre-key":
      return withBytes(value, ["public", "private"]);
    case "tctoken":
    case "contacts-tc-token":
      return withBytes(value, ["token"]);
    case "identity-key":
      return value instanceof Uint8Array ? value : (bytesFrom(value) ?? value);
    case "sender-key":
      return senderKey(value);
    case "app-state-sync-key":
      return appStateSyncKey.fromObject(appStateSyncKeyFields(value));
    case "app-state-sync-version":
      return appStateSyncVersion(value);
    case "lid-mapping":
      // Stores with a JSON column hand the digits back as a number; past 2^53 they are already wrong.
      return typeof value === "number" && Number.isSafeInteger(value) ? String(value) : value;
    default:
      return value;
  }
}

/** A copy of `value` with bytes at `places`; `value` itself when it has none of them. */
export function withBytes(value: unknown, places: readonly string[]): unknown {
  if (!isObject(value) || Array.isArray(value)) return value;
  const copy = { ...value };
  for (const place of places) {
    const bytes = bytesFrom(value[place]);
    if (bytes !== undefined) copy[place] = bytes;
  }
  return copy;
}

// Up to Baileys 6.7.18 the record was an array of structures; SenderKeyRecord.deserialize of Baileys 7 takes the
// JSON text of that array as bytes, and reads the Buffers in it in every marked form.
function senderKey(value: unknown): unknown {
  if (Array.isArray(value) && value.every(isObject)) return Buffer.from(JSON.stringify(value));
  if (value instanceof Uint8Array) return value;
  return isObject(value) ? (bytesFromTag(value) ?? bytesFrom(value) ?? value) : value;
}

function appStateSyncKeyFields(value: unknown): Record<string, unknown> {
  if (!isObject(value)) throw new TypeError("an app-state-sync-key must be an object");
  return { ...value, keyData: bytesFrom(value["keyData"]) };
}

function appStateSyncVersion(value: unknown): unknown {
  const state = withBytes(value, ["hash"]);
  if (!isObject(state) || !isObject(state["indexValueMap"])) return state;
  const entries = Object.entries(state["indexValueMap"]);
  return {
    ...state,
    indexValueMap: Object.fromEntries(
      entries.map(([index, entry]) => [index, withBytes(entry, ["valueMac"])]),
    ),
  };
}
