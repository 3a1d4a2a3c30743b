import { UsageError } from "@motte/core/errors";
import { assertKnownOptions } from "@motte/core/options";
import { type BinaryNode, children } from "../wire/binary-node.ts";

/** Which stanzas are meant. What is left out matches anything; `{}` matches every stanza. */
export interface StanzaMatch {
  /** The tag of the stanza. @defaultValue any */
  readonly tag?: string;
  /** Attributes and the values they must have; `"*"` is any value. */
  readonly attrs?: Readonly<Record<string, string>>;
  /** A child, or by slashes a child of a child: `"pair-device/ref"`. */
  readonly child?: string;
}

export function matchesStanza(
  { tag, attrs = {}, child }: StanzaMatch,
  stanza: BinaryNode,
): boolean {
  return (
    (tag === undefined || tag === stanza.tag) &&
    Object.entries(attrs).every(([name, value]) => hasAttr(stanza, name, value)) &&
    (child === undefined || hasDescendant(stanza, child.split("/")))
  );
}

/** Checks a match from outside. Throws a `UsageError` that names what is wrong with it. */
export function stanzaMatchOption(name: string, value: unknown): StanzaMatch {
  if (typeof value !== "object" || value === null) throw invalid(name, "an object");
  assertKnownOptions(name, value, ["tag", "attrs", "child"]);
  const { tag, attrs, child }: { tag?: unknown; attrs?: unknown; child?: unknown } = value;
  return {
    ...(tag === undefined ? {} : { tag: textOption(`${name}.tag`, tag) }),
    ...(attrs === undefined ? {} : { attrs: attrsOption(`${name}.attrs`, attrs) }),
    ...(child === undefined ? {} : { child: textOption(`${name}.child`, child) }),
  };
}

/** Checks attributes from outside. Throws a `UsageError`. */
export function attrsOption(name: string, value: unknown): Record<string, string> {
  if (typeof value !== "object" || value === null) throw invalid(name, "an object of strings");
  const attrs: Record<string, string> = {};
  for (const [key, each] of Object.entries(value)) attrs[key] = textOption(`${name}.${key}`, each);
  return attrs;
}

function textOption(name: string, value: unknown): string {
  if (typeof value === "string" && value !== "") return value;
  throw invalid(name, "a string that is not empty");
}

function invalid(name: string, what: string): UsageError {
  return new UsageError("USAGE_INVALID_OPTION", `${name} must be ${what}`);
}

function hasAttr(stanza: BinaryNode, name: string, value: string): boolean {
  const actual = stanza.attrs[name];
  return value === "*" ? actual !== undefined : actual === value;
}

function hasDescendant(stanza: BinaryNode, [tag, ...rest]: readonly string[]): boolean {
  if (tag === undefined) return true;
  return children(stanza, tag).some((each) => hasDescendant(each, rest));
}
