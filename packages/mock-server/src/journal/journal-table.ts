import { redactNumbers } from "@motte/core/redact";
import type { JournalEntry } from "./journal.ts";

/** Lines up entries for people: direction, connection, stanza, note. Goes into errors, so numbers are hidden. */
export function journalTable(entries: readonly JournalEntry[]): string {
  if (entries.length === 0) return "(nothing)";
  return entries.map(line).join("\n");
}

function line(entry: JournalEntry): string {
  const arrow = entry.direction === "in" ? "C>" : "S>";
  const attrs = Object.entries(entry.attrs).map(
    ([name, value]) => ` ${name}="${shown(name, value)}"`,
  );
  const children = entry.children.length === 0 ? "/>" : `>${summary(entry.children)}`;
  const note = entry.note === undefined ? "" : `  (${entry.note})`;
  return `${arrow} ${entry.connection} <${entry.tag}${attrs.join("")}${children}${note}`;
}

/** Stanza ids and times have long numbers too, and are what one looks for. */
function shown(name: string, value: string): string {
  return name === "id" || name === "t" ? value : redactNumbers(value);
}

function summary(tags: readonly string[]): string {
  const first = tags.slice(0, 3).join(", ");
  return tags.length > 3 ? `${first} and ${tags.length - 3} more` : first;
}
