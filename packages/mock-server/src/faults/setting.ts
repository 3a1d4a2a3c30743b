import { UsageError } from "@motte/core/errors";
import { integerOption } from "@motte/core/options";
import { type StanzaMatch, attrsOption, stanzaMatchOption } from "../passages/stanza-match.ts";

/** One setting of a fault: what it means, what it is when left out, and how it is checked. */
export interface Setting<T> {
  readonly type: string;
  readonly doc: string;
  readonly fallback: T;
  /** Throws a `UsageError` for a value that does not fit. */
  readonly read: (name: string, value: unknown) => T;
}

/** One `Setting` per field. */
export type SettingsShape<Settings> = {
  readonly [Name in keyof Settings]-?: Setting<Settings[Name]>;
};

/** What tables and schemas say of a setting. */
export interface SettingDescription {
  /** The field of the settings. */
  readonly name: string;
  /** As people write it, like `number`. */
  readonly type: string;
  /** What it does, with its unit. */
  readonly doc: string;
  /** What it is when it is not given. */
  readonly fallback: unknown;
}

interface Documented<T> {
  readonly doc: string;
  readonly fallback: T;
}

export function integer(
  options: Documented<number> & { readonly min?: number; readonly max?: number },
): Setting<number> {
  const { doc, fallback, min = 0, max } = options;
  const read = (name: string, value: unknown): number =>
    integerOption(name, typeof value === "number" ? value : Number.NaN, {
      min,
      ...(max === undefined ? {} : { max }),
    });
  return { type: "integer", doc, fallback, read };
}

/** A whole number that may be left out. */
export function optionalInteger(options: {
  readonly doc: string;
  readonly min?: number;
  readonly max?: number;
}): Setting<number | undefined> {
  return { ...integer({ ...options, fallback: 0 }), fallback: undefined };
}

export function text(options: Documented<string>): Setting<string> {
  return { type: "string", ...options, read: readText };
}

export function optionalText(doc: string): Setting<string | undefined> {
  return { type: "string", doc, fallback: undefined, read: readText };
}

/** A number or a word, as an attribute holds either. May be left out. */
export function optionalWord(doc: string): Setting<string | number | undefined> {
  return { type: "integer | string", doc, fallback: undefined, read: readWord };
}

/** Something that `is` knows by its shape. May be left out. */
export function optionalObject<T extends object>(options: {
  readonly type: string;
  readonly doc: string;
  readonly is: (value: unknown) => value is T;
}): Setting<T | undefined> {
  const read = (name: string, value: unknown): T => {
    if (options.is(value)) return value;
    throw new UsageError("USAGE_INVALID_OPTION", `${name} must be a ${options.type}`);
  };
  const { type, doc } = options;
  return { type, doc, fallback: undefined, read };
}

/** Attributes of a node. */
export function attributes(
  options: Documented<Readonly<Record<string, string>>>,
): Setting<Readonly<Record<string, string>>> {
  return { type: "Record<string, string>", ...options, read: attrsOption };
}

export function flag(options: Documented<boolean>): Setting<boolean> {
  return { type: "boolean", ...options, read: readFlag };
}

export function choice<T extends string>(
  options: Documented<T> & { readonly of: readonly T[] },
): Setting<T> {
  const { of, doc, fallback } = options;
  const read = (name: string, value: unknown): T => {
    const chosen = of.find((each) => each === value);
    if (chosen !== undefined) return chosen;
    throw new UsageError("USAGE_INVALID_OPTION", `${name} must be one of ${of.join(", ")}`);
  };
  return { type: of.map((each) => JSON.stringify(each)).join(" | "), doc, fallback, read };
}

export function stanzaMatch(options: Documented<StanzaMatch>): Setting<StanzaMatch> {
  return { type: "StanzaMatch", ...options, read: stanzaMatchOption };
}

export function optionalStanzaMatch(doc: string): Setting<StanzaMatch | undefined> {
  return { type: "StanzaMatch", doc, fallback: undefined, read: stanzaMatchOption };
}

export function describeSettings<S>(shape: SettingsShape<S>): readonly SettingDescription[] {
  return entries(shape).map(([name, { type, doc, fallback }]) => ({ name, type, doc, fallback }));
}

/** Reads every field of `shape` from `given`, which has no others. Throws a `UsageError`. */
export function readSettings<S extends object>(
  shape: SettingsShape<S>,
  given: Readonly<Record<string, unknown>>,
): S {
  const read: Partial<S> = {};
  for (const name of keys(shape)) {
    const { fallback, read: check } = shape[name];
    const value = given[name];
    read[name] = value === undefined ? fallback : check(name, value);
  }
  if (!hasAll(shape, read)) throw new TypeError("A setting was not read");
  return read;
}

function hasAll<S extends object>(shape: SettingsShape<S>, read: Partial<S>): read is S {
  return keys(shape).every((name) => name in read);
}

function keys<S>(shape: SettingsShape<S>): (keyof S & string)[] {
  const names: (keyof S & string)[] = [];
  for (const name in shape) names.push(name);
  return names;
}

function entries<S>(shape: SettingsShape<S>): [string, Setting<unknown>][] {
  return keys(shape).map((name) => [name, shape[name]]);
}

function readWord(name: string, value: unknown): string | number {
  return typeof value === "number" ? integerOption(name, value, { min: 0 }) : readText(name, value);
}

function readFlag(name: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw new UsageError("USAGE_INVALID_OPTION", `${name} must be true or false`);
}

function readText(name: string, value: unknown): string {
  if (typeof value === "string") return value;
  throw new UsageError("USAGE_INVALID_OPTION", `${name} must be a string`);
}
