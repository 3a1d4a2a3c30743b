import { hasCode } from "@motte/core/errors";
import type { Journal } from "../../journal/journal.ts";
import { type StreamRecord, eventStream } from "../event-stream.ts";
import { entryForm, entryFormOf } from "../forms/journal.ts";
import { type Operation, rawOperation } from "../operation.ts";
import { described } from "../schema/schema.ts";
import { object, optional } from "../schema/shapes.ts";
import { choice, digits } from "../schema/values.ts";

interface JournalQuery {
  readonly follow?: "0" | "1";
  readonly after?: number;
}

/** Watching what the server sees and sends, with a way back for who was away. */
export const journal: readonly Operation[] = [
  rawOperation({
    method: "GET",
    path: "/admin/journal",
    id: "journal",
    tag: "journal",
    summary: "Every stanza both ways, as NDJSON, or as server-sent events to whoever accepts those",
    notes:
      "Server-sent events have the number of the stanza as their id, so a reader that comes back with `Last-Event-ID` goes on where it was. A reader who is too slow for the journal, which keeps the last ones, is told how many stanzas it has missed: an event `lost` with `{lost}`, or such a line.",
    query: object<JournalQuery>({
      follow: optional(described(choice(["0", "1"]), "1: go on with what is to come")),
      after: optional(described(digits(), "Only stanzas with a later number; 0")),
    }),
    answer: {
      "application/x-ndjson": described(entryForm, "One line").json,
      "text/event-stream": { type: "string" },
    },
    components: entryForm.components,
    run({ query }, { context }, { headers }) {
      const { accept, "last-event-id": last } = headers;
      const resumed = typeof last === "string" && /^\d{1,15}$/.test(last) ? Number(last) : 0;
      const follow = query.follow === "1";
      return eventStream({
        records: recordsOf(context.journal, query.after ?? resumed, follow),
        accept,
        follow,
        clock: context.realClock,
      });
    },
  }),
];

// The stream shows by itself that it is alive; this only ends a wait that nobody needs any more.
const WAIT_MS = 60_000;

async function* recordsOf(
  source: Journal,
  after: number,
  follow: boolean,
): AsyncGenerator<StreamRecord> {
  let seen = after;
  for (;;) {
    const { entries } = source;
    const first = entries[0]?.sequence ?? seen + 1;
    for (const entry of entries.slice(Math.max(0, seen + 1 - first))) {
      const lost = entry.sequence - seen - 1;
      if (lost > 0) yield { event: "lost", data: { lost } };
      seen = entry.sequence;
      yield { event: "stanza", id: seen, data: entryFormOf(entry) };
    }
    if (!follow || !(await oneAfter(source, seen))) return;
  }
}

/** Resolves with false when there will be none. */
async function oneAfter(source: Journal, sequence: number): Promise<boolean> {
  try {
    await source.waitFor((entry) => entry.sequence > sequence, { timeoutMs: WAIT_MS });
    return true;
  } catch (error) {
    if (hasCode(error, "MOCK_CLOSED")) return false;
    if (hasCode(error, "MOCK_TIMED_OUT")) return true;
    throw error;
  }
}
