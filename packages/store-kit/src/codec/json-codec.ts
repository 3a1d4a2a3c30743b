import type { Codec } from "../messages/codec.ts";

/**
 * JSON that also carries bytes, dates, bigints and the numbers JSON lacks, wherever they stand.
 *
 * Bytes come back as `Buffer`. What it cannot carry, an instance of a class or a function, makes `encode` throw a
 * `TypeError`: plain JSON would turn it into something else in silence. Properties that are `undefined` are left out.
 */
export function jsonCodec<V>(): Codec<V> {
  return {
    id: 2,
    version: 1,
    encode: (value) => Buffer.from(JSON.stringify(tagged(value, new Set()))),
    // What was encoded as a V is one again.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    decode: (bytes) => untagged(JSON.parse(Buffer.from(bytes).toString())) as V,
  };
}

// A tagged value is an object with just this key. An object of the caller's that has it first gets another `$`.
const TAG = "$";
const TAG_LIKE = /^\$+$/;

function tagged(value: unknown, within: Set<object>): unknown {
  if (typeof value === "bigint") return { [TAG]: ["bigint", String(value)] };
  if (typeof value === "number" && !isJsonNumber(value))
    return { [TAG]: ["number", value === 0 ? "-0" : String(value)] };
  if (value === undefined) return { [TAG]: ["undefined"] };
  if (value === null || ["string", "number", "boolean"].includes(typeof value)) return value;
  if (value instanceof Uint8Array) {
    return { [TAG]: ["bytes", Buffer.from(value).toString("base64")] };
  }
  if (value instanceof Date) return { [TAG]: ["date", value.getTime()] };
  if (typeof value !== "object" || !isPlain(value)) {
    throw new TypeError("A cached value may hold plain objects, lists, bytes and dates only");
  }
  if (within.has(value)) throw new TypeError("A cached value may not hold itself");
  within.add(value);
  const result = Array.isArray(value)
    ? Array.from(value, (item: unknown) => tagged(item, within))
    : Object.fromEntries(
        Object.entries(value)
          .filter(([, item]) => item !== undefined)
          .map(([key, item]) => [TAG_LIKE.test(key) ? `$${key}` : key, tagged(item, within)]),
      );
  within.delete(value);
  return result;
}

function untagged(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(untagged);
  if (typeof value !== "object" || value === null) return value;
  if (TAG in value) return untag(value[TAG]);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      TAG_LIKE.test(key) ? key.slice(1) : key,
      untagged(item),
    ]),
  );
}

function untag(tag: unknown): unknown {
  const [kind, data]: readonly unknown[] = Array.isArray(tag) ? tag : [];
  if (kind === "undefined") return undefined;
  if (kind === "date" && data === null) return new Date(Number.NaN);
  if (kind === "date" && typeof data === "number") return new Date(data);
  if (typeof data === "string") {
    if (kind === "bigint") return BigInt(data);
    if (kind === "number") return Number(data);
    if (kind === "bytes") return Buffer.from(data, "base64");
  }
  throw new TypeError("A cached value has a tag that this release does not know");
}

function isJsonNumber(value: number): boolean {
  return Number.isFinite(value) && !Object.is(value, -0);
}

function isPlain(value: object): boolean {
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
