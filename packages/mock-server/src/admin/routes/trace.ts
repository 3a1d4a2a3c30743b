import type { Journal } from "../../journal/journal.ts";
import { type RecordSource, eventStream } from "../event-stream.ts";
import { type EntryForm, entryForm, entryFormOf } from "../forms/journal.ts";
import { type Operation, rawOperation } from "../operation.ts";
import { described } from "../schema/schema.ts";
import { object, optional } from "../schema/shapes.ts";
import { choice, digits } from "../schema/values.ts";

interface TraceQuery {
  readonly follow?: "0" | "1";
  readonly after?: number;
}

/** Watching what the server sees and sends. */
export const trace: readonly Operation[] = [
  rawOperation({
    method: "GET",
    path: "/admin/trace",
    id: "trace",
    tag: "journal",
    summary: "Every stanza both ways, as NDJSON, or as server-sent events to whoever accepts those",
    notes:
      "Server-sent events have the number of the stanza as their id, so a reader that comes back with `Last-Event-ID` goes on where it was. A reader that is too slow for the journal, which keeps the last ones, is told how many it has missed: an event `lost` with `{count}`, or a line `{lost}`.",
    query: object<TraceQuery>({
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
      return eventStream({
        source: recordsOf(context.journal),
        accept,
        after: query.after ?? resumed,
        follow: query.follow === "1",
      });
    },
  }),
];

function recordsOf(journal: Journal): RecordSource {
  return {
    *after(sequence): Generator<EntryForm> {
      const { entries } = journal;
      const [first] = entries;
      if (first === undefined) return;
      // One at a time: a reader who stops half-way costs no more than they have read.
      for (const entry of entries.slice(Math.max(0, sequence + 1 - first.sequence))) {
        yield entryFormOf(entry);
      }
    },
    async next(sequence, timeoutMs): Promise<void> {
      await journal.waitFor((entry) => entry.sequence > sequence, { timeoutMs });
    },
  };
}
