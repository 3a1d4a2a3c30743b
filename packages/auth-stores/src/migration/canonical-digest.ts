import { type Hash, createHash, hash as hashOf } from "node:crypto";
import { isObject } from "../codec/bytes.ts";

/** SHA-256 of stored bytes, as base64. */
export function bytesDigest(bytes: Uint8Array): string {
  return hashOf("sha256", bytes, "base64");
}

/**
 * SHA-256 of what a value means, as base64: the same for two values that differ only in the order of their keys, in
 * fields that are `undefined`, or in what kind of array holds their bytes.
 */
export function canonicalDigest(value: unknown): string {
  const feed: Feed = { hash: createHash("sha256"), text: "" };
  add(feed, value);
  return feed.hash.update(feed.text).digest("base64");
}

/** What has been hashed, and the text that comes next: one call for a long text costs less than many for short ones. */
interface Feed {
  readonly hash: Hash;
  text: string;
}

const LONG_TEXT = 65_536;

// Every part is led by its kind and length, so that no two values feed the same bytes.
function add(feed: Feed, value: unknown): void {
  if (value instanceof Uint8Array) {
    feed.hash.update(`${feed.text}b${value.length}:`).update(value);
    feed.text = "";
  } else if (typeof value === "string") {
    addText(feed, value);
  } else if (Array.isArray(value)) {
    feed.text += `a${value.length}:`;
    for (const item of value) add(feed, item);
  } else if (isObject(value)) {
    addObject(feed, value);
  } else {
    feed.text += `j${JSON.stringify(value) ?? "null"};`;
  }
}

function addObject(feed: Feed, value: Record<string, unknown>): void {
  // A protobuf message: its fields stand on the prototype as well, its JSON holds only what was set.
  if (typeof value["toJSON"] === "function") {
    add(feed, value["toJSON"]());
    return;
  }
  const keys = Object.keys(value).filter((key) => value[key] !== undefined);
  feed.text += `o${keys.length}:`;
  for (const key of keys.toSorted()) {
    addText(feed, key);
    add(feed, value[key]);
  }
}

function addText(feed: Feed, text: string): void {
  feed.text += `s${Buffer.byteLength(text)}:${text}`;
  if (feed.text.length < LONG_TEXT) return;
  feed.hash.update(feed.text);
  feed.text = "";
}
