import { HttpError } from "../../http/errors.ts";

/** A schema as OpenAPI 3.1 holds it: JSON Schema of 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Schemas that are written once and referred to by name. */
export type Components = Readonly<Record<string, JsonSchema>>;

/** What a value of JSON must be: says so to people and machines, and checks it. */
export interface Schema<T> {
  readonly json: JsonSchema;
  readonly components: Components;
  /** What follows "must be". */
  readonly expected: string;
  /** Throws `HTTP_BAD_REQUEST`, which names the value by `at`. */
  read(value: unknown, at: string): T;
}

/** Gives a schema a name, by which every place that uses it refers to it. */
export function named<T>(name: string, schema: Schema<T>): Schema<T> {
  return {
    ...schema,
    json: { $ref: `#/components/schemas/${name}` },
    components: { ...schema.components, [name]: schema.json },
  };
}

/** The same values with a sentence about what they are for. */
export function described<T>(schema: Schema<T>, description: string): Schema<T> {
  return { ...schema, json: { ...schema.json, description } };
}

export function mustBe(at: string, expected: string): HttpError {
  return new HttpError("HTTP_BAD_REQUEST", `${at} must be ${expected}`);
}
