import { wholeNumber } from "../messages/message-content.ts";

/**
 * A copy that nobody else holds: Baileys hands the same objects to every listener, and changes some of them later.
 *
 * `Long` becomes a number, since what is put away may be serialised and come back without its methods. Functions are
 * left out: `conditional` of a chat's update is only for Baileys itself.
 */
export function snapshot<T>(value: T): T {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a copy has the shape of what it is made from
  return copied(value) as T;
}

function copied(value: unknown): unknown {
  if (typeof value === "function") return undefined;
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (value instanceof Date) return new Date(value);
  if (Array.isArray(value)) return value.map(copied);
  if (isLong(value)) return wholeNumber(value) ?? roughly(value);
  return Object.fromEntries(Object.entries(value).map(([key, own]) => [key, copied(own)]));
}

/** One that no number holds: a phone says "for good" with the largest there is. */
function roughly({ low, high, unsigned }: LongLike): number {
  const upper = unsigned ? Number(high) >>> 0 : Number(high);
  return upper * 4_294_967_296 + (Number(low) >>> 0);
}

interface LongLike {
  readonly low: unknown;
  readonly high: unknown;
  readonly unsigned: unknown;
}

function isLong(value: object): value is LongLike {
  return "low" in value && "high" in value && "unsigned" in value;
}
