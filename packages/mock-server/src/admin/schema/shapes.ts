import { HttpError } from "../../http/errors.ts";
import { type Components, type Schema, mustBe } from "./schema.ts";

/** A field that may be left out. */
export interface Optional<T> {
  readonly optional: Schema<T>;
}

export function optional<T>(schema: Schema<T>): Optional<T> {
  return { optional: schema };
}

type Field = Schema<unknown> | Optional<unknown>;
type Fields = Readonly<Record<string, Field>>;

type FieldsOf<T> = {
  readonly [Name in keyof T]-?: undefined extends T[Name]
    ? Optional<Exclude<T[Name], undefined>>
    : Schema<T[Name]>;
};

/** An object with these fields and no others. */
export interface ObjectSchema<T> extends Schema<T> {
  readonly fields: Fields;
  /** Every field may be left out. */
  readonly mayBeEmpty: boolean;
}

/** `T` says what is read; a field of it that may be `undefined` is one that may be left out. */
export function object<T extends object>(fields: FieldsOf<T>): ObjectSchema<T> {
  const all: Fields = fields;
  const names = Object.keys(all);
  const required = names.filter((name) => !isOptional(all[name]));
  const read = (given: unknown, at: string): T => {
    if (!isObject(given)) throw mustBe(at, expected);
    refuseUnknown(given, names, at);
    const values: Record<string, unknown> = {};
    for (const [name, field] of Object.entries(all)) {
      const where = at === "" ? name : `${at}.${name}`;
      const value = Object.hasOwn(given, name) ? given[name] : undefined;
      if (isOptional(field)) {
        if (value !== undefined) values[name] = field.optional.read(value, where);
      } else if (value === undefined) {
        throw new HttpError(
          "HTTP_BAD_REQUEST",
          `${where} is missing: it must be ${field.expected}`,
        );
      } else {
        values[name] = field.read(value, where);
      }
    }
    if (hasAll(fields, values)) return values;
    throw mustBe(at, expected);
  };
  const expected = "an object";
  return {
    fields: all,
    mayBeEmpty: required.length === 0,
    json: {
      type: "object",
      properties: Object.fromEntries(
        Object.entries(all).map(([name, field]) => [name, schemaOf(field).json]),
      ),
      ...(required.length === 0 ? {} : { required }),
      additionalProperties: false,
    },
    components: joined(Object.values(all).map(schemaOf)),
    expected,
    read,
  };
}

/** An object whose fields are free to name. */
export function record<T>(schema: Schema<T>): Schema<Readonly<Record<string, T>>> {
  const expected = `an object whose fields are each ${schema.expected}`;
  return {
    json: { type: "object", additionalProperties: schema.json },
    components: schema.components,
    expected,
    read(given, at) {
      if (!isObject(given)) throw mustBe(at, expected);
      const entries = Object.entries(given);
      return Object.fromEntries(
        entries.map(([name, value]) => [name, schema.read(value, `${at}.${name}`)]),
      );
    },
  };
}

/** An object with these fields, and others of which nothing is said. */
export function openObject<T extends object>(
  fields: FieldsOf<T>,
): Schema<T & Readonly<Record<string, unknown>>> {
  const known = object<T>(fields);
  return {
    ...known,
    json: { ...known.json, additionalProperties: true },
    read(given, at) {
      if (!isObject(given)) throw mustBe(at, known.expected);
      const own = Object.fromEntries(
        Object.entries(given).filter(([name]) => Object.hasOwn(known.fields, name)),
      );
      return { ...given, ...known.read(own, at) };
    },
  };
}

interface ListRules {
  readonly min?: number;
  readonly max: number;
}

export function list<T>(schema: Schema<T>, { min = 0, max }: ListRules): Schema<readonly T[]> {
  const expected = `a list of ${min} to ${max}, each ${schema.expected}`;
  return {
    json: {
      type: "array",
      items: schema.json,
      ...(min === 0 ? {} : { minItems: min }),
      maxItems: max,
    },
    components: schema.components,
    expected,
    read(given, at) {
      if (!Array.isArray(given) || given.length < min || given.length > max) {
        throw mustBe(at, expected);
      }
      const items: readonly unknown[] = given;
      return items.map((item, index) => schema.read(item, `${at}[${index}]`));
    },
  };
}

/** What the first of these schemas reads that takes the value. */
export function either<A, B>(first: Schema<A>, second: Schema<B>): Schema<A | B> {
  const expected = `${first.expected}, or ${second.expected}`;
  return {
    json: { anyOf: [first.json, second.json] },
    components: joined([first, second]),
    expected,
    read(given, at) {
      for (const schema of [first, second]) {
        try {
          return schema.read(given, at);
        } catch (error) {
          if (!(error instanceof HttpError)) throw error;
        }
      }
      throw mustBe(at, expected);
    },
  };
}

export function joined(schemas: readonly Schema<unknown>[]): Components {
  return Object.assign({}, ...schemas.map(({ components }) => components));
}

function schemaOf(field: Field): Schema<unknown> {
  return isOptional(field) ? field.optional : field;
}

function isOptional(field: Field | undefined): field is Optional<unknown> {
  return field !== undefined && "optional" in field;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function refuseUnknown(given: object, known: readonly string[], at: string): void {
  const unknown = Object.keys(given).filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  const what = unknown.map((name) => JSON.stringify(name.slice(0, 40))).join(", ");
  const takes = known.length === 0 ? "nothing" : known.join(", ");
  throw new HttpError("HTTP_BAD_REQUEST", `${at} has no ${what}; it takes ${takes}`);
}

/** Every field that must be there was read by its own schema. */
function hasAll<T extends object>(fields: FieldsOf<T>, values: object): values is T {
  const all: Fields = fields;
  return Object.entries(all).every(
    ([name, field]) => isOptional(field) || Object.hasOwn(values, name),
  );
}
