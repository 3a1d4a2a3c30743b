import { type Hash, createHash } from "node:crypto";
import { isObject } from "../codec/bytes.ts";

/**
 * SHA-256 of what a value means, as base64: the same for two values that differ only in the order of their keys, in
 * fields that are `undefined`, or in what kind of array holds their bytes.
 */
export function canonicalDigest(value: unknown): string {
  const hash = createHash("sha256");
  feed(hash, value);
  return hash.digest("base64");
}

// Every part is led by its kind and length, so that no two values feed the same bytes.
function feed(hash: Hash, value: unknown): void {
  if (value instanceof Uint8Array) {
    hash.update(`b${value.length}:`).update(value);
  } else if (typeof value === "string") {
    feedText(hash, value);
  } else if (Array.isArray(value)) {
    hash.update(`a${value.length}:`);
    for (const item of value) feed(hash, item);
  } else if (isObject(value)) {
    feedObject(hash, value);
  } else {
    hash.update(`j${JSON.stringify(value) ?? "null"};`);
  }
}

function feedObject(hash: Hash, value: Record<string, unknown>): void {
  // A protobuf message: its fields stand on the prototype as well, its JSON holds only what was set.
  if (typeof value["toJSON"] === "function") {
    feed(hash, value["toJSON"]());
    return;
  }
  const keys = Object.keys(value).filter((key) => value[key] !== undefined);
  hash.update(`o${keys.length}:`);
  for (const key of keys.toSorted()) {
    feedText(hash, key);
    feed(hash, value[key]);
  }
}

function feedText(hash: Hash, text: string): void {
  hash.update(`s${Buffer.byteLength(text)}:`).update(text);
}
