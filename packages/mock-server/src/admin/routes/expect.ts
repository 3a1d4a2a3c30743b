import { matcherFor } from "../../journal/expect-match.ts";
import {
  type EntryForm,
  type EntryMatch,
  entryForm,
  entryFormOf,
  entryMatch,
  soughtOf,
} from "../forms/journal.ts";
import { messageMatchOf } from "../forms/message-match.ts";
import { type TimeoutForm, timeoutMs } from "../forms/timeout.ts";
import { type Operation, jsonOperation } from "../operation.ts";
import { type Schema, described } from "../schema/schema.ts";
import { either, list, object, optional } from "../schema/shapes.ts";
import { integer } from "../schema/values.ts";

interface Expectation extends TimeoutForm {
  readonly matcher: EntryMatch;
  readonly after?: number;
  readonly count?: number;
}

interface Entries {
  readonly entries: readonly EntryForm[];
}

const WITHIN_MS = 10_000;
const MOST = 10_000;

const entries: Schema<Entries> = object<Entries>({ entries: list(entryForm, { max: MOST }) });

/** Waiting for what clients do. */
export const expectations: readonly Operation[] = [
  jsonOperation({
    method: "POST",
    path: "/admin/expect",
    id: "expect",
    tag: "journal",
    summary: "Waits for a stanza, past or to come, and answers with it",
    notes:
      "Looks at every stanza that the journal still has, unless `after` says from where. With `count`, waits for so many and answers with `entries`. A match that names no `direction` takes both. After the time limit the answer is 504, and its message shows what the server saw.",
    body: object<Expectation>({
      matcher: entryMatch,
      after: optional(
        described(integer({ min: 0 }), "Only stanzas with a later number, `sequence`, count"),
      ),
      count: optional(described(integer({ min: 1, max: MOST }), "How many have to come")),
      timeoutMs: optional(timeoutMs),
    }),
    answer: either(entryForm, entries),
    fails: [404, 503, 504],
    async run({ body }, parts): Promise<EntryForm | Entries> {
      const { matcher: match, after = 0, count, timeoutMs: within = WITHIN_MS } = body;
      const { message: form, ...ofEntry } = match;
      const message = form && messageMatchOf(parts, form);
      const { expectations: waiting } = parts;
      const matcher = matcherFor({ ...soughtOf(ofEntry), message }, waiting.matchContext);
      const found = await waiting.wait(matcher, { within, count: count ?? 1, after });
      const forms = found.map(entryFormOf);
      const [first] = forms;
      return count === undefined && first !== undefined ? first : { entries: forms };
    },
  }),
];
