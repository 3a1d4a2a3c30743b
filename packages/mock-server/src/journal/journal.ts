import type { Clock } from "@motte/core/clock";
import { MockServerError } from "../errors.ts";
import { journalTable } from "./journal-table.ts";
import { Waiters } from "../waiters.ts";
import { type BinaryNode, children } from "../wire/binary-node.ts";

/** One stanza a server received or sent. */
export interface JournalEntry {
  /** Counts up over the life of the server. */
  readonly sequence: number;
  /** Milliseconds since the epoch, on the server's clock. */
  readonly at: number;
  /** `in`: from the client. `out`: to the client. */
  readonly direction: "in" | "out";
  /** The id of the connection; `none` for a stanza that was dropped before there was one. */
  readonly connection: string;
  readonly tag: string;
  readonly attrs: Readonly<Record<string, string>>;
  /** Tags of the direct children, in order. */
  readonly children: readonly string[];
  /** What the server made of it, when that is not plain: like `unhandled`, `dropped: mailbox full`, or the code of the error it caused. */
  readonly note?: string;
}

export interface JournalWaitOptions {
  /** Looks only at entries later than this one. @defaultValue the first entry counts too */
  readonly after?: JournalEntry;
  /** @defaultValue `10_000` */
  readonly timeoutMs?: number;
}

export type JournalPredicate = (entry: JournalEntry) => boolean;

const MAX_ENTRIES = 10_000;

/** What one server saw and sent, oldest first. Keeps the last 10 000 stanzas, without their content. */
export class Journal {
  readonly #clock: Clock;
  readonly #waiters: Waiters<JournalEntry>;
  #entries: JournalEntry[] = [];
  #sequence = 0;

  constructor(clock: Clock, realClock: Clock) {
    this.#clock = clock;
    this.#waiters = new Waiters(realClock);
  }

  get entries(): readonly JournalEntry[] {
    return this.#entries;
  }

  /** The first entry that suits. */
  find(predicate: JournalPredicate): JournalEntry | undefined {
    return this.#entries.find(predicate);
  }

  filter(predicate: JournalPredicate): readonly JournalEntry[] {
    return this.#entries.filter(predicate);
  }

  /** Requests and stanzas no handler knew. */
  get unhandled(): readonly JournalEntry[] {
    return this.filter((entry) => entry.note === "unhandled");
  }

  /** Resolves with the first entry that suits, past or to come. Rejects with `MOCK_TIMED_OUT`. */
  async waitFor(
    predicate: JournalPredicate,
    options: JournalWaitOptions = {},
  ): Promise<JournalEntry> {
    const { after, timeoutMs = 10_000 } = options;
    const matches: JournalPredicate = (entry) =>
      (after === undefined || entry.sequence > after.sequence) && predicate(entry);
    const known = this.#entries.find(matches);
    if (known !== undefined) return known;
    return this.#waiters.wait({
      matches,
      timeoutMs,
      timeoutError: () =>
        new MockServerError(
          "MOCK_TIMED_OUT",
          `No such stanza within ${timeoutMs} ms. The last ones:\n${this.toTable()}`,
        ),
    });
  }

  /** The last entries as text, phone numbers hidden. */
  toTable(count = 30): string {
    return journalTable(this.#entries.slice(-count));
  }

  /** @internal */
  record(
    direction: JournalEntry["direction"],
    connection: string,
    node: BinaryNode,
    note?: string,
  ): void {
    const entry: JournalEntry = {
      sequence: ++this.#sequence,
      at: this.#clock.now(),
      direction,
      connection,
      tag: node.tag,
      attrs: { ...node.attrs },
      children: children(node).map((child) => child.tag),
      ...(note === undefined ? {} : { note }),
    };
    this.#entries.push(entry);
    if (this.#entries.length > MAX_ENTRIES * 2) this.#entries = this.#entries.slice(-MAX_ENTRIES);
    this.#waiters.announce(entry);
  }

  /** @internal */
  close(error: Error): void {
    this.#waiters.close(error);
  }
}
