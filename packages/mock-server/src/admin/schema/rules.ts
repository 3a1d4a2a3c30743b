import { HttpError } from "../../http/errors.ts";
import { type Schema, mustBe } from "./schema.ts";
import { type ObjectSchema, joined } from "./shapes.ts";

/** The same object, with one and only one of these fields. */
export function exactlyOne<T extends object>(
  schema: ObjectSchema<T>,
  names: readonly (keyof T & string)[],
): ObjectSchema<T> {
  return {
    ...schema,
    mayBeEmpty: false,
    json: { ...schema.json, oneOf: names.map((name) => ({ required: [name] })) },
    read(given, at) {
      const value = schema.read(given, at);
      if (names.filter((name) => name in value).length === 1) return value;
      throw new HttpError("HTTP_BAD_REQUEST", `${at} must have one of ${names.join(", ")}`);
    },
  };
}

/** The same object, in which these fields make sense only beside another. */
export function onlyWith<T extends object>(
  schema: ObjectSchema<T>,
  names: readonly (keyof T & string)[],
  other: keyof T & string,
): ObjectSchema<T> {
  return {
    ...schema,
    json: {
      ...schema.json,
      dependentRequired: Object.fromEntries(names.map((name) => [name, [other]])),
    },
    read(given, at) {
      const value = schema.read(given, at);
      const stray = other in value ? undefined : names.find((name) => name in value);
      if (stray === undefined) return value;
      throw new HttpError("HTTP_BAD_REQUEST", `${at}.${stray} goes with ${at}.${other} only`);
    },
  };
}

/** The same object, in which two fields cannot stand beside each other. */
export function notTogether<T extends object>(
  schema: ObjectSchema<T>,
  [one, other]: readonly [keyof T & string, keyof T & string],
): ObjectSchema<T> {
  const clashes = Array.isArray(schema.json["allOf"]) ? schema.json["allOf"] : [];
  return {
    ...schema,
    json: { ...schema.json, allOf: [...clashes, { not: { required: [one, other] } }] },
    read(given, at) {
      const value = schema.read(given, at);
      if (!(one in value && other in value)) return value;
      throw new HttpError("HTTP_BAD_REQUEST", `${at} cannot have both ${one} and ${other}`);
    },
  };
}

/** An object whose field `kind` says which of several it is. */
export function variants<T extends { readonly kind: string }>(of: {
  readonly [Kind in T["kind"]]: ObjectSchema<Extract<T, { readonly kind: Kind }>>;
}): Schema<T> {
  const byKind = new Map<unknown, Schema<T>>(Object.entries<Schema<T>>(of));
  const kinds = [...byKind.keys()].map((kind) => JSON.stringify(kind)).join(", ");
  const expected = `an object whose kind is one of ${kinds}`;
  const all = [...byKind.values()];
  return {
    json: { oneOf: all.map(({ json }) => json) },
    components: joined(all),
    expected,
    read(given, at) {
      const kind = typeof given === "object" && given !== null && "kind" in given && given.kind;
      const schema = byKind.get(kind);
      if (schema === undefined) throw mustBe(at, expected);
      return schema.read(given, at);
    },
  };
}
