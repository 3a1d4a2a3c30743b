import { AuthStoreError } from "../../errors.ts";

// Commands are sent raw, so their answers are checked here rather than trusted.

export function bytesOrNull(reply: unknown): Buffer | null {
  if (reply === null || reply === undefined) return null;
  if (Buffer.isBuffer(reply)) return reply;
  throw unexpected("bytes");
}

export function text(reply: unknown): string {
  if (typeof reply === "string" || typeof reply === "number") return String(reply);
  if (Buffer.isBuffer(reply)) return reply.toString();
  throw unexpected("a text");
}

export function textOrNull(reply: unknown): string | null {
  return reply === null || reply === undefined ? null : text(reply);
}

export function list(reply: unknown): readonly unknown[] {
  if (Array.isArray(reply)) return reply;
  throw unexpected("a list");
}

/** One entry of a map, which ioredis gives as an object where it was told to (`replyMapping: "resp3"`). */
export function entry(reply: unknown, name: string): string | undefined {
  if (typeof reply === "object" && reply !== null && !Array.isArray(reply)) {
    return textOrNull(Reflect.get(reply, name)) ?? undefined;
  }
  const flat = list(reply).map(text);
  const index = flat.indexOf(name);
  return index === -1 ? undefined : flat[index + 1];
}

/** The members of a flat list of pairs. */
export function pairs(reply: unknown): readonly (readonly [string, Buffer])[] {
  const flat = list(reply);
  const found: [string, Buffer][] = [];
  for (let index = 0; index + 1 < flat.length; index += 2) {
    const value = bytesOrNull(flat[index + 1]);
    if (value === null) throw unexpected("a value");
    found.push([text(flat[index]), value]);
  }
  return found;
}

function unexpected(what: string): AuthStoreError {
  return new AuthStoreError(
    "AUTH_STORE_UNAVAILABLE",
    `Redis did not answer with ${what}: check that nothing between here and the server rewrites replies`,
  );
}
