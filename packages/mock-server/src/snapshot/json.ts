import { MockServerError } from "../errors.ts";

/** What JSON can say. */
export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** Plain values as JSON, bytes as Baileys' `BufferJSON` writes them. Throws `MOCK_SNAPSHOT_UNSUPPORTED` for what would be lost, with its place. */
export function toJson(value: unknown, place = "world"): Json {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (value instanceof Uint8Array) {
    return { type: "Buffer", data: Buffer.from(value).toString("base64") };
  }
  if (Array.isArray(value)) return value.map((each, index) => toJson(each, `${place}[${index}]`));
  if (isPlainObject(value)) {
    const given = Object.entries(value).filter(([, each]) => each !== undefined);
    return Object.fromEntries(
      given.map(([name, each]) => [name, toJson(each, `${place}.${name}`)]),
    );
  }
  throw new MockServerError(
    "MOCK_SNAPSHOT_UNSUPPORTED",
    `A snapshot cannot hold what is at ${place}: a ${kindOf(value)} is no JSON`,
  );
}

/** The other way round: bytes are bytes again. */
export function fromJson(json: Json): unknown {
  if (json === null || typeof json !== "object") return json;
  if (isList(json)) return json.map(fromJson);
  if (json["type"] === "Buffer" && typeof json["data"] === "string") {
    return Buffer.from(json["data"], "base64");
  }
  return Object.fromEntries(Object.entries(json).map(([name, each]) => [name, fromJson(each)]));
}

/** The same with the names of every object in order: some databases keep them in an order of their own. */
export function sorted(json: Json): Json {
  if (json === null || typeof json !== "object") return json;
  if (isList(json)) return json.map(sorted);
  const names = Object.keys(json).toSorted();
  return Object.fromEntries(names.map((name) => [name, sorted(json[name] ?? null)]));
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** `Array.isArray` does not tell a readonly list from an object. */
function isList(json: Json): json is readonly Json[] {
  return Array.isArray(json);
}

function kindOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return typeof value;
  return value.constructor.name;
}
