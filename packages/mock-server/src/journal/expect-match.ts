import { UsageError } from "@motte/core/errors";
import { assertKnownOptions } from "@motte/core/options";
import { redactNumbers } from "@motte/core/redact";
import { type StanzaMatch, matchesStanza, stanzaMatchOption } from "../passages/stanza-match.ts";
import { messageText } from "../phone/message-text.ts";
import { proto } from "../wire/baileys.ts";
import type { Account } from "../world/account.ts";
import type { JournalEntry, JournalPredicate } from "./entry.ts";

/** Anybody the server plays, or plays the phone of. */
export interface SomeonesNumber {
  /** In digits, as `phone.phoneNumber` has it. */
  readonly phoneNumber: string;
}

/** Which messages are meant. What is left out matches anything. */
export interface MessageMatch {
  /** Who wrote it. */
  readonly from?: SomeonesNumber;
  /** Whom it was written to: a person, or a group by its JID. */
  readonly to?: SomeonesNumber | { readonly jid: string };
  /** What it says: a string is the whole text, or caption. */
  readonly text?: string | RegExp;
  /** The field its content is in, like `"reactionMessage"`. */
  readonly kind?: keyof proto.IMessage;
  /** Anything else about the decrypted message. */
  readonly where?: (message: proto.IMessage) => boolean;
}

/** Which stanzas are expected. What is left out matches anything. */
export interface ExpectMatch extends StanzaMatch {
  /** `in`: from clients. `out`: to them. @defaultValue `"in"` */
  readonly direction?: JournalEntry["direction"];
  /** It is a message, and this one. */
  readonly message?: MessageMatch;
}

/** The same, or a function that says it. A function is asked about both directions. */
export type Expectable = ExpectMatch | JournalPredicate;

/** A match that was checked. */
export interface Matcher {
  /** For people, without phone numbers and texts. */
  readonly description: string;
  /** Whether it is the stanza, as far as that can be seen without decrypting it. */
  readonly matches: JournalPredicate;
  /** Whether it is the message, where only its decrypted content tells. */
  readonly matchesPlain: ((message: proto.IMessage) => boolean) | undefined;
}

/** What a match has to know of the world. */
export interface MatchContext {
  readonly whose: (jid: string) => Account | undefined;
  readonly authorOf: (entry: JournalEntry) => Account | undefined;
}

/** Checks a match from outside. Throws a `UsageError` that names what is wrong with it. */
export function matcherOf(match: Expectable, context: MatchContext): Matcher {
  if (typeof match === "function") {
    return { description: "such a stanza", matches: match, matchesPlain: undefined };
  }
  const { direction = "in", message, ...rest } = match;
  if (direction !== "in" && direction !== "out") {
    throw new UsageError("USAGE_INVALID_OPTION", 'direction must be "in" or "out"');
  }
  const stanza = stanzaMatchOption("match", rest);
  if (message !== undefined) assertMessageMatch("match.message", message);
  return matcherFor(
    { stanza, message, isMeant: (entry) => entry.direction === direction },
    context,
  );
}

/** What is looked for, when it was checked. */
export interface SoughtStanza {
  readonly stanza: StanzaMatch;
  readonly message: MessageMatch | undefined;
  /** Whatever else an entry has to be. */
  readonly isMeant: JournalPredicate;
}

export function matcherFor(
  { stanza, message, isMeant }: SoughtStanza,
  context: MatchContext,
): Matcher {
  // The tree of a stanza is read only for a match that asks for a child.
  const ofStanza: JournalPredicate = (entry) =>
    matchesStanza(stanza, stanza.child === undefined ? entry : entry.node);
  const matches: JournalPredicate = (entry) =>
    isMeant(entry) &&
    ofStanza(entry) &&
    (message === undefined || isAddressed(entry, message, context));
  return {
    description: describe(stanza, message),
    matches,
    matchesPlain: message && plainMatch(message),
  };
}

/** What a message's content can be in. */
export function isMessageKind(name: string): name is keyof proto.IMessage {
  // The generated classes of Baileys' WAProto have every field on their prototype, beside methods.
  const fields: object = proto.Message.prototype;
  return Object.hasOwn(fields, name) && typeof Reflect.get(fields, name) !== "function";
}

/** What is not checked would only ever be waited for in vain. */
function assertMessageMatch(name: string, match: unknown): asserts match is MessageMatch {
  if (typeof match !== "object" || match === null) throw invalid(name, "an object");
  assertKnownOptions(name, match, ["from", "to", "text", "kind", "where"]);
  const { from, to, text, kind, where }: Partial<Record<keyof MessageMatch, unknown>> = match;
  if (from !== undefined && !hasText(from, "phoneNumber")) {
    throw invalid(`${name}.from`, "a phone or a contact");
  }
  if (to !== undefined && !hasText(to, "phoneNumber") && !hasText(to, "jid")) {
    throw invalid(`${name}.to`, "a phone, a contact or a group");
  }
  if (text !== undefined && typeof text !== "string" && !(text instanceof RegExp)) {
    throw invalid(`${name}.text`, "a string or a RegExp");
  }
  if (kind !== undefined && !(typeof kind === "string" && isMessageKind(kind))) {
    throw invalid(`${name}.kind`, 'a field of a message, like "reactionMessage"');
  }
  if (where !== undefined && typeof where !== "function") {
    throw invalid(`${name}.where`, "a function");
  }
}

function hasText(value: unknown, name: string): boolean {
  return (
    typeof value === "object" && value !== null && typeof Reflect.get(value, name) === "string"
  );
}

function invalid(name: string, what: string): UsageError {
  return new UsageError("USAGE_INVALID_OPTION", `${name} must be ${what}`);
}

function isAddressed(entry: JournalEntry, match: MessageMatch, context: MatchContext): boolean {
  if (entry.tag !== "message") return false;
  const { from, to } = match;
  if (from !== undefined && context.authorOf(entry)?.phoneNumber !== from.phoneNumber) return false;
  if (to === undefined) return true;
  const { attrs, direction, device } = entry;
  if ("jid" in to && !("phoneNumber" in to)) {
    return to.jid === attrs[direction === "in" ? "to" : "from"];
  }
  const reader = direction === "in" ? attrs["to"] : device;
  return (
    "phoneNumber" in to &&
    reader !== undefined &&
    context.whose(reader)?.phoneNumber === to.phoneNumber
  );
}

function plainMatch({ text, kind, where }: MessageMatch): Matcher["matchesPlain"] {
  if (text === undefined && kind === undefined && where === undefined) return undefined;
  return (message) =>
    (text === undefined || saysIt(messageText(message), text)) &&
    (kind === undefined || (message[kind] ?? undefined) !== undefined) &&
    (where === undefined || where(message));
}

function saysIt(actual: string | undefined, expected: string | RegExp): boolean {
  if (actual === undefined) return false;
  // Not `test()`, which remembers where it was in an expression with the flag g.
  return typeof expected === "string" ? actual === expected : actual.search(expected) !== -1;
}

function describe(
  { tag, attrs = {}, child }: StanzaMatch,
  message: MessageMatch | undefined,
): string {
  const name = tag ?? (message === undefined ? "*" : "message");
  const shown = Object.entries(attrs).map(([key, value]) => ` ${key}="${value}"`);
  const inside = child === undefined ? "" : ` with <${child}>`;
  const { text, kind } = message ?? {};
  const content = [
    ...(text === undefined ? [] : ["this text"]),
    ...(kind === undefined ? [] : [`a ${kind}`]),
  ];
  const saying = content.length === 0 ? "" : ` with ${content.join(" and ")}`;
  return redactNumbers(`<${name}${shown.join("")}>${inside}${saying}`);
}
