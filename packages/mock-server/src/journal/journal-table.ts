import { redactNumbers } from "@motte/core/redact";
import { messageText } from "../phone/message-text.ts";
import type { proto } from "../wire/baileys.ts";
import { parseJid } from "../wire/jid.ts";
import type { JournalEntry } from "./entry.ts";

export interface JournalTableOptions {
  /** How many entries, counted from the end. @defaultValue `30` */
  readonly last?: number;
  /** Show what messages say. @defaultValue `false`: only what kind of message it is, and how long its text */
  readonly texts?: boolean;
}

/**
 * Entries for people, one a line: seconds since the first one shown, whose client, direction (`C>` from the client,
 * `S>` to it), connection, stanza, its children, what the message is, and notes. Goes into errors, so numbers are
 * hidden, and texts unless asked for.
 */
export function journalTable(
  entries: readonly JournalEntry[],
  { texts = false }: Omit<JournalTableOptions, "last"> = {},
): string {
  const [first] = entries;
  if (first === undefined) return "(nothing)";
  const names = entries.map(clientName);
  const width = Math.max(...names.map((name) => name.length));
  return entries
    .map((entry, index) => {
      const seconds = ((entry.at - first.at) / 1000).toFixed(3).padStart(8);
      return `${seconds} ${(names[index] ?? "").padEnd(width)} ${line(entry, texts)}`;
    })
    .join("\n");
}

function line(entry: JournalEntry, texts: boolean): string {
  const arrow = entry.direction === "in" ? "C>" : "S>";
  const attrs = Object.entries(entry.attrs).map(
    ([name, value]) => ` ${name}="${shown(name, value)}"`,
  );
  const children = entry.children.length === 0 ? "/>" : `>${summary(entry.children)}`;
  const plain = entry.plain === undefined ? "" : `  [${plainSummary(entry.plain, texts)}]`;
  const notes = [
    ...(entry.note === undefined ? [] : [entry.note]),
    ...(entry.fault === undefined ? [] : [`fault ${entry.fault}`]),
    ...(entry.summarized ? [`${entry.bytes} bytes`] : []),
  ];
  const note = notes.length === 0 ? "" : `  (${notes.join(", ")})`;
  return `${arrow} ${entry.connection} <${entry.tag}${attrs.join("")}${children}${plain}${note}`;
}

function clientName({ person, device }: JournalEntry): string {
  if (person === undefined || device === undefined) return "-";
  return redactNumbers(`${person}:${parseJid(device).device}`);
}

/** Stanza ids and times have long numbers too, and are what one looks for. */
function shown(name: string, value: string): string {
  return name === "id" || name === "t" ? value : redactNumbers(value);
}

function summary(tags: readonly string[]): string {
  const first = tags.slice(0, 3).join(", ");
  return tags.length > 3 ? `${first} and ${tags.length - 3} more` : first;
}

/** What comes with a message and is not what it says. */
const BESIDES: readonly string[] = ["messageContextInfo", "senderKeyDistributionMessage"];

function plainSummary(message: proto.IMessage, texts: boolean): string {
  const fields = Object.keys(message);
  const kind = fields.find((field) => !BESIDES.includes(field)) ?? fields[0] ?? "empty";
  const text = messageText(message);
  if (text === undefined) return kind;
  return texts
    ? `${kind} ${JSON.stringify(redactNumbers(text))}`
    : `${kind}, ${text.length} characters`;
}
