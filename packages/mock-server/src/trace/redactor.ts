import { redactNumbers } from "@motte/core/redact";
import type { proto } from "../wire/baileys.ts";
import { DOUBLE_BYTE_TOKENS, SINGLE_BYTE_TOKENS } from "../wire/baileys.ts";
import type { BinaryNode } from "../wire/binary-node.ts";
import { type Named, Pseudonyms } from "./pseudonyms.ts";
import { messageToObject } from "./trace-json.ts";
import type { TraceNode } from "./trace-line.ts";

/**
 * Takes out of a trace what nobody else may read: bytes, of which the length stays; people, groups and newsletters;
 * names and texts. What stays is the protocol: words of its dictionary, error texts, times, short numbers, and stanza
 * ids. Everything else becomes a pseudonym, the same one for the same thing in all of one trace.
 */
export class Redactor {
  readonly #pseudonyms: Pseudonyms;

  constructor(whose: (jid: string) => Named | undefined) {
    this.#pseudonyms = new Pseudonyms(whose);
  }

  node({ tag, attrs, content }: BinaryNode): TraceNode {
    const shown: Record<string, string> = {};
    for (const [name, value] of Object.entries(attrs))
      shown[this.#word(name)] = this.attr(name, value);
    const node = { tag: this.#word(tag), attrs: shown };
    if (content === undefined) return node;
    if (!Array.isArray(content)) return { ...node, content: { length: content.length } };
    return { ...node, content: content.map((each) => this.node(each)) };
  }

  attr(name: string, value: string): string {
    const jid = this.#pseudonyms.jid(value);
    if (jid !== undefined) return jid;
    if (isId(name)) return this.#id(value);
    if (TIMES.has(name) && TIME.test(value)) return value;
    if (NAMES.has(name)) return this.text(value);
    const stays =
      SHORT_NUMBER.test(value) ||
      DICTIONARY.has(value) ||
      (WORDY.has(name) && SERVER_WORDS.test(value));
    return stays ? value : this.text(value);
  }

  message(message: proto.IMessage): Readonly<Record<string, unknown>> {
    return this.#fields(messageToObject(message));
  }

  jid(jid: string): string {
    return this.#pseudonyms.jid(jid) ?? this.text(jid);
  }

  /** The name of a person, the subject of a group: what it is called follows from its JID. */
  text(text: string): string {
    return text === "" ? "" : this.#pseudonyms.of("text", text);
  }

  /** The path of a request: its words stay, what names a file or a token does not. */
  path(path: string): string {
    return path
      .split("/")
      .map((part) => (PATH_WORD.test(part) ? part : this.#pseudonyms.of("path", part)))
      .join("/");
  }

  /** A remark of the server's own. */
  note(note: string): string {
    return redactNumbers(note);
  }

  #fields(object: object): Readonly<Record<string, unknown>> {
    const shown: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(object)) shown[name] = this.#value(name, value);
    return shown;
  }

  #value(name: string, value: unknown): unknown {
    if (value instanceof Uint8Array) return { length: value.length };
    if (Array.isArray(value)) return value.map((each) => this.#value(name, each));
    if (typeof value === "object" && value !== null) return this.#fields(value);
    if (typeof value === "boolean") return value;
    if (typeof value === "string") return this.#leaf(name, value);
    if (typeof value === "number") return this.#number(name, value);
    return null;
  }

  #number(name: string, value: number): number {
    return TIME_FIELD.test(name) || SHORT_NUMBER.test(String(value)) ? value : 0;
  }

  #leaf(name: string, value: string): string {
    const jid = this.#pseudonyms.jid(value);
    if (jid !== undefined) return jid;
    if (/^(?:id|stanzaId)$/.test(name)) return this.#id(value);
    if (TIME_FIELD.test(name) && TIME.test(value)) return value;
    return this.text(value);
  }

  /** An id that may hold a number becomes one that does not. */
  #id(id: string): string {
    return ID.test(id) && !LONG_NUMBER.test(id) ? id : this.#pseudonyms.of("id", id);
  }

  #word(word: string): string {
    return DICTIONARY.has(word) || SERVER_WORDS.test(word) ? word : this.text(word);
  }
}

const LONG_NUMBER = /\d{7}/;
const SHORT_NUMBER = /^-?\d{1,6}$/;
/** Seconds or milliseconds since the epoch, at most. */
const TIME = /^\d{1,13}$/;
const TIMES: ReadonlySet<string> = new Set(["t", "ts", "s_t", "creation", "timestamp", "last"]);
const TIME_FIELD = /timestamp(?:ms)?$/i;
/** Ids of stanzas and calls: hex, or what Baileys and the server count. */
const ID = /^[\w.-]{1,64}$/;
/** What a person or a group is called; it may be a word of the dictionary all the same. */
const NAMES: ReadonlySet<string> = new Set([
  "notify",
  "name",
  "pushname",
  "subject",
  "display_name",
]);
/** Attributes whose values are words the two sides agreed on, in the dictionary or not. */
const WORDY: ReadonlySet<string> = new Set([
  "xmlns",
  "type",
  "class",
  "text",
  "reason",
  "action",
  "edit",
  "mode",
]);
const SERVER_WORDS = /^[a-z][a-z_:-]{0,39}$/i;
const PATH_WORD = /^(?:|[a-z][a-z-]{0,15}|t\d\d\.\d{1,6}-\d\d)$/;
const DICTIONARY: ReadonlySet<string> = new Set(
  [...SINGLE_BYTE_TOKENS, ...DOUBLE_BYTE_TOKENS.flat()].filter(
    (word) => typeof word === "string" && !LONG_NUMBER.test(word),
  ),
);

function isId(name: string): boolean {
  return name === "id" || name.endsWith("-id") || name.endsWith("_id");
}
