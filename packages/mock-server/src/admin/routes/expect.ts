import type { JournalEntry } from "../../journal/entry.ts";
import {
  type EntryMatch,
  entryForm,
  entryFormOf,
  entryMatch,
  matcherOf,
} from "../forms/journal.ts";
import { type TimeoutForm, timeoutMs } from "../forms/timeout.ts";
import { type Operation, jsonOperation } from "../operation.ts";
import { described } from "../schema/schema.ts";
import { object, optional } from "../schema/shapes.ts";
import { integer } from "../schema/values.ts";

interface Expectation extends TimeoutForm {
  readonly matcher: EntryMatch;
  readonly after?: number;
}

/** Waiting for what clients do. */
export const expectations: readonly Operation[] = [
  jsonOperation({
    method: "POST",
    path: "/admin/expect",
    id: "expect",
    tag: "journal",
    summary: "Waits for a stanza, past or to come, and answers with it",
    notes:
      "Looks at every stanza that the journal still has, unless `after` says from where. After the time limit the answer is 504, and its message shows what the server saw.",
    body: object<Expectation>({
      matcher: entryMatch,
      after: optional(
        described(integer({ min: 0 }), "Only stanzas with a later number, `sequence`, count"),
      ),
      timeoutMs: optional(timeoutMs),
    }),
    answer: entryForm,
    fails: [503, 504],
    async run({ body: { matcher, after = 0, timeoutMs: limit } }, { context }) {
      const matches = matcherOf(matcher);
      const isMeant = (entry: JournalEntry): boolean => entry.sequence > after && matches(entry);
      const options = limit === undefined ? {} : { timeoutMs: limit };
      return entryFormOf(await context.journal.waitFor(isMeant, options));
    },
  }),
];
