import type { JournalEntry, JournalPredicate } from "../../journal/entry.ts";
import { type Schema, described, named } from "../schema/schema.ts";
import { list, object, optional, record } from "../schema/shapes.ts";
import { choice, integer, text } from "../schema/values.ts";

/** Which stanzas of the journal are meant. What is left out matches anything. */
export interface EntryMatch {
  readonly direction?: "in" | "out";
  readonly connection?: string;
  readonly tag?: string;
  readonly attrs?: Readonly<Record<string, string>>;
  readonly child?: string;
  readonly note?: string;
}

/** What is told of a stanza. */
export type EntryForm = Pick<
  JournalEntry,
  "sequence" | "at" | "direction" | "connection" | "tag" | "attrs" | "children" | "note"
>;

const MANY = { max: 1_000_000 };
const direction = choice(["in", "out"]);

export const entryForm: Schema<EntryForm> = named(
  "JournalEntry",
  object<EntryForm>({
    sequence: described(integer({ min: 1 }), "Counts up over the life of the server"),
    at: described(integer(), "Milliseconds since the epoch, on the server's clock"),
    direction: described(direction, "in: from the client. out: to the client"),
    connection: text(),
    tag: text(),
    attrs: record(text({ minLength: 0 })),
    children: described(list(text(), MANY), "The tags of its children"),
    note: optional(described(text(), "What the server made of it, when that is not plain")),
  }),
);

export const entryMatch: Schema<EntryMatch> = named(
  "JournalMatch",
  object<EntryMatch>({
    direction: optional(direction),
    connection: optional(described(text(), "The id of a connection")),
    tag: optional(text()),
    attrs: optional(
      described(record(text({ minLength: 0 })), 'Attributes and their values; "*" is any value'),
    ),
    child: optional(described(text(), "The tag of one of its children")),
    note: optional(text()),
  }),
);

export function entryFormOf(entry: JournalEntry): EntryForm {
  const { sequence, direction, connection, tag, attrs, children, note } = entry;
  const told = { sequence, at: Math.floor(entry.at), direction, connection, tag, attrs, children };
  return note === undefined ? told : { ...told, note };
}

export function matcherOf(match: EntryMatch): JournalPredicate {
  const { direction: way, connection, tag, attrs = {}, child, note } = match;
  const wanted = Object.entries(attrs);
  return (entry) =>
    (way === undefined || way === entry.direction) &&
    (connection === undefined || connection === entry.connection) &&
    (tag === undefined || tag === entry.tag) &&
    (note === undefined || note === entry.note) &&
    (child === undefined || entry.children.includes(child)) &&
    wanted.every(([name, value]) => {
      const actual = entry.attrs[name];
      return value === "*" ? actual !== undefined : actual === value;
    });
}
