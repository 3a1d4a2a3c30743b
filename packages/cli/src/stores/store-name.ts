import { UsageError } from "@motte/core/errors";
import { didYouMean } from "../did-you-mean.ts";

/** The kinds of stores that hold sessions of Motte. */
const OWN_KINDS = ["file", "files", "sqlite", "redis", "rediss", "memory"] as const;
/** The kinds of other programs' stores, which are only read. */
const FOREIGN_KINDS = ["baileys", "baileys-sqlite", "wabotjs"] as const;

type OwnKind = (typeof OWN_KINDS)[number];
type ForeignKind = (typeof FOREIGN_KINDS)[number];

/** A store as it is named on the command line: `sqlite:./wa.db#acme`. */
export interface StoreName<Kind extends OwnKind | ForeignKind = OwnKind | ForeignKind> {
  readonly kind: Kind;
  /** A path, or the whole URL of a Redis server. Empty for `memory:`. */
  readonly place: string;
  /** The session behind `#`, when one is named. */
  readonly sessionId: string | undefined;
  /** As it was typed. */
  readonly text: string;
}

/** Reads the name of a store. Throws a `UsageError` that says what a name looks like. */
export function parseStoreName(text: string): StoreName {
  const [, kind = "", rest = ""] = /^([a-z-]+):(.*)$/s.exec(text) ?? [];
  if (!isKind(kind)) throw unknownKind(text, kind);
  const at = rest.indexOf("#");
  const before = at === -1 ? rest : rest.slice(0, at);
  const sessionId = at === -1 ? undefined : rest.slice(at + 1);
  if (sessionId === "") {
    throw new UsageError("USAGE_INVALID_OPTION", `${text} names no session behind its #`);
  }
  const isUrl = kind === "redis" || kind === "rediss";
  if (isUrl && !before.startsWith("//")) {
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      `${withoutSecrets(text)} is no address of a Redis server: write ${kind}://host:6379/0`,
    );
  }
  if (!isUrl && kind !== "memory" && before === "") {
    throw new UsageError("USAGE_INVALID_OPTION", `${text} names no path: write ${kind}:./path`);
  }
  return { kind, place: isUrl ? `${kind}:${before}` : before, sessionId, text };
}

/** A store of another program. */
export type ForeignStoreName = StoreName<ForeignKind>;

/** Whether it is a store of another program, which `motte` can read and not write. */
export function isForeign(name: StoreName): name is ForeignStoreName {
  return FOREIGN_KINDS.some((foreign) => foreign === name.kind);
}

/** A store of ours. Throws a `UsageError` for one of another program. */
export function assertOwn(name: StoreName): asserts name is StoreName<OwnKind> {
  if (!isForeign(name)) return;
  // Looked at as one of ours, it stays as it is.
  const look = name.kind === "baileys" ? `; motte verify file:${name.place} looks at it` : "";
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    `${name.text} is another program's store, which can only be migrated from: motte migrate ${name.text} <to>${look}`,
  );
}

/** Whether a store is a file or a folder. */
export function hasPath({ kind }: StoreName): boolean {
  return kind !== "memory" && kind !== "redis" && kind !== "rediss";
}

/** The name for people: without the password of a URL. */
export function withoutSecrets(text: string): string {
  return text.replace(/\/\/[^@/]*@/, "//…@");
}

function isKind(text: string): text is StoreName["kind"] {
  return [...OWN_KINDS, ...FOREIGN_KINDS].some((kind) => kind === text);
}

function unknownKind(text: string, kind: string): UsageError {
  const hint = kind === "" ? asPath(text) : didYouMean(kind, [...OWN_KINDS, ...FOREIGN_KINDS]);
  return new UsageError(
    "USAGE_INVALID_OPTION",
    `${withoutSecrets(text)} is no store${hint}: write sqlite:./wa.db, file:./auth, files:./sessions, redis://host:6379, memory:, or, to read, baileys:./auth, baileys-sqlite:./auth.db, wabotjs:./wa.db; #name picks a session`,
  );
}

/** What a path alone may have been meant as. */
function asPath(text: string): string {
  if (text === "" || text.includes(":")) return "";
  const name = /\.(db|sqlite3?)(#|$)/.test(text) ? `sqlite:${text}` : `file:${text}`;
  return `; did you mean "${name}"?`;
}
