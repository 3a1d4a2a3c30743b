import { CleanupStack } from "@motte/core/cleanup";
import type { Clock } from "@motte/core/clock";
import { UsageError } from "@motte/core/errors";
import { assertKnownOptions, integerOption } from "@motte/core/options";
import { redactNumbers } from "@motte/core/redact";
import { MockServerError } from "../errors.ts";
import { Waiters } from "../waiters.ts";
import type { Account } from "../world/account.ts";
import type { JournalEntry } from "./entry.ts";
import {
  type Expectable,
  type MatchContext,
  type Matcher,
  type SomeonesNumber,
  matcherOf,
} from "./expect-match.ts";
import type { Journal } from "./journal.ts";
import { journalTable } from "./journal-table.ts";
import { Sightings } from "./sightings.ts";

interface Scope {
  /** Only on connections of this phone's clients, or on this one connection. @defaultValue all */
  readonly from?: SomeonesNumber | { readonly id: string };
  /** Only entries later than this one. */
  readonly after?: JournalEntry;
}

export interface ExpectOptions extends Scope {
  /** How long to wait, in real milliseconds. @defaultValue `10_000` */
  readonly within?: number;
  /** How many such stanzas there have to be; all of them are the result then. @defaultValue one, which is the result */
  readonly count?: number;
}

export interface ExpectNoneOptions extends Scope {
  /** How long to watch, in real milliseconds. @defaultValue `500` */
  readonly during?: number;
}

interface Waiting {
  /** In real milliseconds. */
  readonly within: number;
  readonly count: number;
  /** Only entries with a later number. */
  readonly after: number;
}

export interface ExpectationsParts {
  readonly journal: Journal;
  readonly realClock: Clock;
  readonly whose: (jid: string) => Account | undefined;
}

/** Waits for what clients do, and says what they did instead. */
export class Expectations {
  readonly #parts: ExpectationsParts;
  readonly #waiters: Waiters<Sightings>;

  constructor(parts: ExpectationsParts) {
    this.#parts = parts;
    this.#waiters = new Waiters(parts.realClock);
  }

  /** The first entries that suit, past or to come. Rejects with `MOCK_TIMED_OUT`. */
  async expect(match: Expectable, options: ExpectOptions): Promise<readonly JournalEntry[]> {
    assertKnownOptions("server.expect", options, ["within", "count", "from", "after"]);
    const { within = 10_000, count = 1, after } = options;
    integerOption("within", within, { min: 0 });
    integerOption("count", count, { min: 1 });
    return this.wait(this.#matcher(match, options), {
      within,
      count,
      after: after?.sequence ?? 0,
    });
  }

  /** What a match that comes from elsewhere has to know of the world. */
  get matchContext(): MatchContext {
    const { journal, whose } = this.#parts;
    return { whose, authorOf: (entry) => journal.authorOf(entry) };
  }

  /** The same with all of it checked. */
  async wait(
    matcher: Matcher,
    { within, count, after }: Waiting,
  ): Promise<readonly JournalEntry[]> {
    await using cleanup = new CleanupStack();
    const sightings = cleanup.use(this.#watch(matcher, after));
    await sightings.settled();
    const enough = (): boolean => sightings.found.length >= count || sightings.failed;
    if (!enough()) {
      await this.#waiters.wait({
        matches: (each) => each === sightings && enough(),
        timeoutMs: within,
        timeoutError: () =>
          this.#timedOut(matcher, { within, count, seen: sightings.found.length }),
      });
    }
    sightings.assertReadable();
    return sightings.found.slice(0, count);
  }

  /** Resolves after a while in which nothing like that came. Rejects with `MOCK_UNEXPECTED_STANZA` as soon as it does. */
  async expectNone(match: Expectable, options: ExpectNoneOptions): Promise<void> {
    assertKnownOptions("server.expectNone", options, ["during", "from", "after"]);
    const { during = 500, after } = options;
    integerOption("during", during, { min: 0 });
    const matcher = this.#matcher(match, options);
    await using cleanup = new CleanupStack();
    const start = after?.sequence ?? this.#parts.journal.entries.at(-1)?.sequence ?? 0;
    const sightings = cleanup.use(this.#watch(matcher, start));
    await sightings.settled();
    const quiet = new Error("Nothing came, as it should be");
    try {
      if (sightings.found.length === 0 && !sightings.failed) {
        await this.#waiters.wait({
          matches: (each) => each === sightings,
          timeoutMs: during,
          timeoutError: () => quiet,
        });
      }
    } catch (error) {
      if (error !== quiet) throw error;
      // What came just before the end may be in the middle of being read.
      await sightings.settled();
    }
    sightings.assertReadable();
    if (sightings.found.length === 0) return;
    throw new MockServerError(
      "MOCK_UNEXPECTED_STANZA",
      `${matcher.description} was not to come, and did:\n${journalTable(sightings.found)}\n${this.#parts.journal.explain()}`,
    );
  }

  close(error: Error): void {
    this.#waiters.close(error);
  }

  #watch(matcher: Matcher, after: number): Sightings {
    const { journal } = this.#parts;
    return new Sightings({
      journal,
      matcher,
      after,
      onFound: (sightings) => this.#waiters.announce(sightings),
    });
  }

  #matcher(match: Expectable, { from }: Scope): Matcher {
    const matcher = matcherOf(match, this.matchContext);
    if (from === undefined) return matcher;
    const isFrom = this.#originOf(from);
    return { ...matcher, matches: (entry) => isFrom(entry) && matcher.matches(entry) };
  }

  #originOf(from: NonNullable<Scope["from"]>): (entry: JournalEntry) => boolean {
    if ("phoneNumber" in from) {
      const { whose } = this.#parts;
      return ({ device }) =>
        device !== undefined && whose(device)?.phoneNumber === from.phoneNumber;
    }
    if ("id" in from) return ({ connection }) => connection === from.id;
    throw new UsageError("USAGE_INVALID_OPTION", "from must be a phone or a connection");
  }

  #timedOut(
    { description }: Matcher,
    {
      within,
      count,
      seen,
    }: { readonly within: number; readonly count: number; readonly seen: number },
  ): MockServerError {
    const { journal } = this.#parts;
    const missing = count === 1 ? "did not come" : `came ${seen} of ${count} times`;
    const message = `${redactNumbers(description)} ${missing} within ${within} ms. ${journal.explain()}`;
    return new MockServerError("MOCK_TIMED_OUT", message);
  }
}
