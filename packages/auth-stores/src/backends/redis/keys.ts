import { UsageError } from "@motte/core/errors";

/** The keys of one session. All carry the session as hash tag, so that a cluster keeps them in one slot. */
export interface SessionKeys {
  readonly meta: string;
  readonly lease: string;
  readonly creds: string;
  readonly credsHistory: string;
  readonly quarantine: string;
  /** The families that have records. */
  readonly families: string;
  /** What the key of a family's records starts with. */
  readonly recordsPrefix: string;
}

export function sessionKeys(prefix: string, sessionId: string): SessionKeys {
  const base = `${prefix}:{${escapeId(sessionId)}}`;
  return {
    meta: `${base}:meta`,
    lease: `${base}:lease`,
    creds: `${base}:creds`,
    credsHistory: `${base}:creds:h`,
    quarantine: `${base}:quarantine`,
    families: `${base}:families`,
    recordsPrefix: `${base}:k:`,
  };
}

/** The set of all session ids. */
export function indexKey(prefix: string): string {
  return `${prefix}:idx`;
}

/** A SCAN pattern for the meta key of every session. */
export function metaPattern(prefix: string): string {
  return `${prefix.replaceAll(/[*?[\]\\^]/g, "\\$&")}:{*}:meta`;
}

/** The session whose meta key this is. */
export function sessionOfMeta(prefix: string, key: string): string {
  return unescapeId(key.slice(prefix.length + 2, -"}:meta".length));
}

/** Throws a `UsageError` for a prefix that would move the hash tag. */
export function checkPrefix(prefix: unknown): string {
  if (typeof prefix === "string" && prefix !== "" && !/[{}]/.test(prefix)) return prefix;
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    "prefix must be a text that is not empty and has no braces",
  );
}

// A brace in the id would end the hash tag early, and an id of nothing is no hash tag at all.
function escapeId(sessionId: string): string {
  if (sessionId === "") return "%";
  return sessionId.replaceAll(/[%{}]/g, (character) => ESCAPES[character] ?? character);
}

function unescapeId(escaped: string): string {
  if (escaped === "%") return "";
  return escaped.replaceAll(/%7B|%7D|%25/g, (escape) => UNESCAPES[escape] ?? escape);
}

const ESCAPES: Readonly<Record<string, string>> = { "%": "%25", "{": "%7B", "}": "%7D" };
const UNESCAPES: Readonly<Record<string, string>> = { "%25": "%", "%7B": "{", "%7D": "}" };
