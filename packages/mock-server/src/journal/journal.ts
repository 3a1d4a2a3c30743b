import type { Clock } from "@motte/core/clock";
import { Emitter, type Event } from "@motte/core/events";
import { MockServerError } from "../errors.ts";
import type { Limits } from "../limits.ts";
import { Waiters } from "../waiters.ts";
import type { proto } from "../wire/baileys.ts";
import type { Account } from "../world/account.ts";
import {
  type JournalEntry,
  type JournalPredicate,
  RecordedEntry,
  type Recording,
} from "./entry.ts";
import type { JournalEvent, NewEvent } from "./journal-event.ts";
import { type JournalTableOptions, journalTable } from "./journal-table.ts";
import { type PendingStanzas, pendingAmong } from "./pending.ts";
import { PlainMessages, type PlainReader } from "./plain-messages.ts";

/** What counts, and how long to wait. */
export interface JournalWaitOptions {
  /** Looks only at entries later than this one. @defaultValue the first entry counts too */
  readonly after?: JournalEntry;
  /** @defaultValue `10_000` */
  readonly timeoutMs?: number;
}

export interface JournalParts {
  readonly clock: Clock;
  readonly realClock: Clock;
  readonly limits: Pick<Limits, "maxJournalEntries" | "maxJournalBytes" | "maxJournalStanzaBytes">;
  /** The person a JID names. */
  readonly whose: (jid: string) => Account | undefined;
  /** What else to say when a wait is over, like which faults were in place. */
  readonly circumstances: () => string;
}

/** What is known of the next stanza of a connection before it is recorded. */
interface Mark {
  readonly fault?: string;
  readonly note?: string;
}

/** When the journal is full, this part of it goes at once, so that each new entry need not move all others. */
const PART_TO_GO = 8;

/**
 * What one server saw and sent, oldest first. Keeps the last 10 000 stanzas, or as many as fit into 32 MiB; see
 * `limits` of the server. Whatever it prints hides phone numbers, and message texts unless asked for.
 */
export class Journal {
  readonly #parts: JournalParts;
  readonly #waiters: Waiters<JournalEntry>;
  readonly #plains: PlainMessages;
  readonly #recorded: Emitter<JournalEntry> = new Emitter<JournalEntry>();
  readonly #happened: Emitter<JournalEvent> = new Emitter<JournalEvent>();
  readonly #plainCame: Emitter<string> = new Emitter<string>();
  readonly #marks = new Map<string, Mark>();
  readonly #open = new Set<string>();
  readonly #plainOf = (entry: JournalEntry): proto.IMessage | undefined => {
    const author = this.authorOf(entry);
    return author && this.#plains.peek(author, entry.attrs["id"] ?? "");
  };
  #entries: RecordedEntry[] = [];
  #events: JournalEvent[] = [];
  #sequence = 0;
  #bytes = 0;

  constructor(parts: JournalParts) {
    this.#parts = parts;
    this.#waiters = new Waiters(parts.realClock);
    this.#plains = new PlainMessages(parts.limits.maxJournalEntries);
  }

  get entries(): readonly JournalEntry[] {
    return this.#entries;
  }

  /** What happened around the stanzas: frames of handshakes, HTTP requests, ends of connections, faults. */
  get events(): readonly JournalEvent[] {
    return this.#events;
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

  /** What nobody has answered or confirmed yet. */
  get pending(): PendingStanzas {
    return pendingAmong(this.#entries, (connection) => this.#open.has(connection));
  }

  /** What a `<message>` says, decrypting it now if that was put off. `undefined` when nobody the server plays can. */
  async plain(entry: JournalEntry): Promise<proto.IMessage | undefined> {
    const author = this.authorOf(entry);
    return author && this.#plains.read(author, entry.attrs["id"] ?? "");
  }

  /** A stanza was received or sent. */
  get onEntry(): Event<JournalEntry> {
    return this.#recorded.event;
  }

  /** Something happened beside the stanzas. */
  get onEvent(): Event<JournalEvent> {
    return this.#happened.event;
  }

  /** It became known what the messages with this id say. */
  get onPlain(): Event<string> {
    return this.#plainCame.event;
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
          `No such stanza within ${timeoutMs} ms. ${this.explain()}`,
        ),
    });
  }

  /** The last entries as text, one line each, 30 unless told. Phone numbers are hidden, and texts unless asked for. */
  toTable(options: number | JournalTableOptions = {}): string {
    const { last = 30, ...rest } = typeof options === "number" ? { last: options } : options;
    const entries = last === 0 ? [] : this.#entries.slice(-last);
    return journalTable(entries, rest);
  }

  /** @internal The end of an error: the table and the circumstances. */
  explain(): string {
    return `The last ones:\n${this.toTable()}\n${this.#parts.circumstances()}`;
  }

  /** @internal The person who wrote a message, as far as the server knows. */
  authorOf({ tag, direction, attrs, device }: JournalEntry): Account | undefined {
    if (tag !== "message") return undefined;
    const jid = direction === "in" ? device : (attrs["participant"] ?? attrs["from"]);
    return jid === undefined ? undefined : this.#parts.whose(jid);
  }

  /** @internal */
  record(recording: Recording): JournalEntry {
    const { clock, limits } = this.#parts;
    const mark = this.#takeMark(recording.origin?.id);
    const entry = new RecordedEntry({
      direction: recording.direction,
      origin: recording.origin,
      stanza: recording.stanza,
      plaintext: recording.plaintext,
      note: mark?.note ?? recording.note,
      fault: mark?.fault,
      sequence: ++this.#sequence,
      at: clock.now(),
      maxStanzaBytes: limits.maxJournalStanzaBytes,
      plainOf: this.#plainOf,
    });
    this.#entries.push(entry);
    this.#bytes += entry.room;
    if (this.#entries.length > limits.maxJournalEntries || this.#bytes > limits.maxJournalBytes) {
      this.#makeRoom();
    }
    this.#waiters.announce(entry);
    if (this.#recorded.listenerCount > 0) this.#recorded.emit(entry);
    return entry;
  }

  /** @internal */
  recordEvent(event: NewEvent): void {
    const { clock, limits } = this.#parts;
    if (event.type === "secured") this.#open.add(event.connection);
    if (event.type === "closed") {
      this.#open.delete(event.connection);
      this.#marks.delete(event.connection);
    }
    const stamped: JournalEvent = { after: this.#sequence, at: clock.now(), ...event };
    this.#events.push(stamped);
    const { maxJournalEntries: max } = limits;
    if (this.#events.length > max) this.#events = this.#events.slice(partToGo(max));
    this.#happened.emit(stamped);
  }

  /** @internal Something to say about the next stanza recorded on this connection. */
  mark(connection: string, mark: Mark): void {
    this.#marks.set(connection, { ...this.#marks.get(connection), ...mark });
  }

  /** @internal The author wrote this, or somebody the server plays has decrypted it. */
  attachPlain(author: Account, id: string, message: proto.IMessage): void {
    this.#plains.attach(author, id, message);
    this.#plainCame.emit(id);
  }

  /** @internal Somebody the server plays could decrypt this, once anybody asks. */
  offerPlain(author: Account, id: string, read: PlainReader): void {
    this.#plains.offer(author, id, read);
    this.#plainCame.emit(id);
  }

  /** @internal */
  close(error: Error): void {
    this.#waiters.close(error);
  }

  #takeMark(connection: string | undefined): Mark | undefined {
    if (this.#marks.size === 0 || connection === undefined) return undefined;
    const mark = this.#marks.get(connection);
    this.#marks.delete(connection);
    return mark;
  }

  #makeRoom(): void {
    const { maxJournalEntries, maxJournalBytes } = this.#parts.limits;
    const most = maxJournalEntries - partToGo(maxJournalEntries);
    const mostBytes = maxJournalBytes - partToGo(maxJournalBytes);
    let gone = 0;
    for (const { room } of this.#entries) {
      const left = this.#entries.length - gone;
      // The newest always stays: whoever waits for it has it in hand.
      if (left === 1 || (left <= most && this.#bytes <= mostBytes)) break;
      this.#bytes -= room;
      gone++;
    }
    this.#entries = this.#entries.slice(gone);
  }
}

function partToGo(max: number): number {
  return Math.max(1, Math.floor(max / PART_TO_GO));
}
