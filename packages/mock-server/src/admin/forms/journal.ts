import type { JournalEntry, JournalPredicate } from "../../journal/entry.ts";
import type { StanzaMatch } from "../../passages/stanza-match.ts";
import { type Schema, described, named } from "../schema/schema.ts";
import { list, object, optional, record } from "../schema/shapes.ts";
import { choice, flag, integer, text } from "../schema/values.ts";
import { type MessageForm, messageForm } from "./message-match.ts";
import { type NodeForm, nodeView, nodeViewOf } from "./nodes.ts";

/** A stanza of the journal, in JSON. */
export interface EntryForm {
  readonly sequence: number;
  readonly at: number;
  readonly direction: "in" | "out";
  readonly connection: string;
  readonly device?: string;
  readonly person?: string;
  readonly tag: string;
  readonly attrs: Readonly<Record<string, string>>;
  readonly children: readonly string[];
  readonly node: NodeForm;
  readonly bytes?: number;
  readonly compressed: boolean;
  readonly summarized: boolean;
  readonly note?: string;
  readonly fault?: string;
}

/** Which stanzas of the journal are meant. What is left out matches anything. */
export interface EntryMatch {
  readonly direction?: "in" | "out";
  readonly connection?: string;
  readonly device?: string;
  readonly person?: string;
  readonly tag?: string;
  readonly attrs?: Readonly<Record<string, string>>;
  readonly child?: string;
  readonly note?: string;
  readonly fault?: string;
  readonly message?: MessageForm;
}

const MANY = { max: 1_000_000 };
const direction = choice(["in", "out"]);

export const entryForm: Schema<EntryForm> = named(
  "JournalEntry",
  object<EntryForm>({
    sequence: described(integer({ min: 1 }), "Counts up over the life of the server"),
    at: described(integer(), "Milliseconds since the epoch, on the server's clock"),
    direction: described(direction, "in: from the client. out: to the client"),
    connection: described(text(), "The id of the connection, or none"),
    device: optional(described(text(), "The device JID of the client on it")),
    person: optional(described(text(), "The name of the person whose client it is")),
    tag: text({ minLength: 0 }),
    attrs: record(text({ minLength: 0 })),
    children: described(list(text({ minLength: 0 }), MANY), "The tags of its children"),
    node: nodeView,
    bytes: optional(described(integer({ min: 0 }), "How long it is on the wire")),
    compressed: flag(),
    summarized: described(flag(), "It is long, and parts of node were not kept"),
    note: optional(described(text(), "What the server made of it, when that is not plain")),
    fault: optional(described(text(), "The fault that hit it")),
  }),
);

export const entryMatch: Schema<EntryMatch> = named(
  "JournalMatch",
  object<EntryMatch>({
    direction: optional(direction),
    connection: optional(described(text(), "The id of a connection")),
    device: optional(described(text(), "A device JID, by number")),
    person: optional(described(text(), "The name of the person whose client it is")),
    tag: optional(text()),
    attrs: optional(
      described(record(text({ minLength: 0 })), 'Attributes and their values; "*" is any value'),
    ),
    child: optional(described(text(), "The tag of a child, or several by slashes")),
    note: optional(text()),
    fault: optional(text()),
    message: optional(described(messageForm, "It is a message, and this one")),
  }),
);

export function entryFormOf(entry: JournalEntry): EntryForm {
  const { sequence, at, direction: way, connection, device, person, tag, attrs } = entry;
  const { children, node, bytes, compressed, summarized, note, fault } = entry;
  return {
    sequence,
    at: Math.floor(at),
    direction: way,
    connection,
    ...(device === undefined ? {} : { device }),
    ...(person === undefined ? {} : { person }),
    tag,
    attrs,
    children,
    node: nodeViewOf(node),
    ...(bytes === undefined ? {} : { bytes }),
    compressed,
    summarized,
    ...(note === undefined ? {} : { note }),
    ...(fault === undefined ? {} : { fault }),
  };
}

/** Splits a match into the stanza that is meant and whatever else its entry has to be. */
export function soughtOf(match: Omit<EntryMatch, "message">): {
  readonly stanza: StanzaMatch;
  readonly isMeant: JournalPredicate;
} {
  const { tag, attrs, child, ...same } = match;
  const plain = Object.entries<string>(same);
  return {
    stanza: {
      ...(tag === undefined ? {} : { tag }),
      ...(attrs === undefined ? {} : { attrs }),
      ...(child === undefined ? {} : { child }),
    },
    isMeant: (entry) => plain.every(([name, value]) => Reflect.get(entry, name) === value),
  };
}
