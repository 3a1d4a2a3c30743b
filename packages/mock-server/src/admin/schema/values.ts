import { type JsonSchema, type Schema, mustBe } from "./schema.ts";

interface TextRules {
  readonly minLength?: number;
  readonly maxLength?: number;
}

/** A string that is not empty, unless it may be. */
export function text({ minLength = 1, maxLength = 65_536 }: TextRules = {}): Schema<string> {
  const expected =
    minLength === 0
      ? `a string of at most ${maxLength} characters`
      : `a string of ${minLength} to ${maxLength} characters`;
  const json = { type: "string", ...(minLength === 0 ? {} : { minLength }), maxLength };
  return value(json, expected, (given): given is string => {
    if (typeof given !== "string") return false;
    // JSON Schema counts characters, not the halves of those that JavaScript writes as two.
    const length = Array.from(given).length;
    return length >= minLength && length <= maxLength;
  });
}

interface NumberRules {
  readonly min?: number;
  readonly max?: number;
}

export function integer({
  min = Number.MIN_SAFE_INTEGER,
  max = Number.MAX_SAFE_INTEGER,
}: NumberRules = {}): Schema<number> {
  const range = { minimum: min, maximum: max };
  return value(
    { type: "integer", ...range },
    `a whole number ${rangeText(range)}`,
    (given): given is number =>
      typeof given === "number" && Number.isInteger(given) && given >= min && given <= max,
  );
}

export function decimal({ min, max }: Required<NumberRules>): Schema<number> {
  const range = { minimum: min, maximum: max };
  return value(
    { type: "number", ...range },
    `a number ${rangeText(range)}`,
    (given): given is number => typeof given === "number" && given >= min && given <= max,
  );
}

export function flag(): Schema<boolean> {
  return value(
    { type: "boolean" },
    "true or false",
    (given): given is boolean => typeof given === "boolean",
  );
}

export function choice<const T extends string>(of: readonly T[]): Schema<T> {
  const known = new Set<unknown>(of);
  const isKnown = (given: unknown): given is T => known.has(given);
  return value(
    { type: "string", enum: of },
    of.map((each) => JSON.stringify(each)).join(" or "),
    isKnown,
  );
}

/** Anything JSON can hold. */
export function anything(): Schema<unknown> {
  return value({}, "a value", (given): given is unknown => given !== undefined);
}

/** A whole number written in digits, as a query holds it. */
export function digits({
  min = 0,
  max = Number.MAX_SAFE_INTEGER,
}: NumberRules = {}): Schema<number> {
  const number = integer({ min, max });
  return {
    ...number,
    read: (given, at) =>
      number.read(
        typeof given === "string" && /^\d{1,16}$/.test(given) ? Number(given) : given,
        at,
      ),
  };
}

const BASE64 = "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$";

/** Bytes, written in base64 with its padding. */
export function base64(): Schema<Buffer> {
  const written = value(
    { type: "string", contentEncoding: "base64", pattern: BASE64 },
    "bytes in base64, with padding",
    (given): given is string => typeof given === "string" && isBase64(given),
  );
  return { ...written, read: (given, at) => Buffer.from(written.read(given, at), "base64") };
}

/** The pattern in steps that take no memory: the engine's stack ends before a long file does. */
function isBase64(given: string): boolean {
  return given.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(given);
}

function value<T>(
  json: JsonSchema,
  expected: string,
  fits: (given: unknown) => given is T,
): Schema<T> {
  return {
    json,
    components: {},
    expected,
    read(given, at) {
      if (fits(given)) return given;
      throw mustBe(at, expected);
    },
  };
}

function rangeText({ minimum, maximum }: { minimum: number; maximum: number }): string {
  if (maximum === Number.MAX_SAFE_INTEGER) {
    return minimum === Number.MIN_SAFE_INTEGER ? "in double precision" : `of at least ${minimum}`;
  }
  return `from ${minimum} to ${maximum}`;
}
