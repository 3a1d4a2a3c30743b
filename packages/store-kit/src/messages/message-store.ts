import { setImmediate } from "node:timers/promises";
import { UsageError } from "@motte/core/errors";
import { integerOption } from "@motte/core/options";
import type { WAMessage, WAMessageKey, proto } from "@whiskeysockets/baileys";
import { type Millis, seconds } from "../millis.ts";
import { guarded } from "../sqlite/guarded.ts";
import {
  type DatabaseOptions,
  type OpenedDatabase,
  assertOneDatabase,
  openDatabase,
} from "../sqlite/open-database.ts";
import { type SweepBudget, type SweepReport, sweepWithin } from "../sqlite/sweep-budget.ts";
import { SweepTimer } from "../sqlite/sweep-timer.ts";
import { address, formsOf } from "./address.ts";
import { Bindings } from "./bindings.ts";
import type { EventSource, MessageEvents } from "./event-feed.ts";
import { isRevokedByAdmin } from "./fold-facts.ts";
import { type HistoryOptions, inSteps } from "./history-intake.ts";
import { type InstrumentedSocket, instrument } from "./instrument-sends.ts";
import { type MessageFact, factsOf } from "./message-facts.ts";
import type { PlainRow, StoredReadRow, StoredRow } from "./message-record.ts";
import { type MessageOrigin, chooseRow, matchRow } from "./message-row.ts";
import { MessageTable, type WriteRules } from "./message-table.ts";
import { type MessagePageOptions, type MessagePage, cursorOf, positionOf } from "./page-cursor.ts";
import { attempt, readEvents } from "./read-events.ts";
import {
  type Asked,
  type PollSecrets,
  type StoredMessage,
  askedBy,
  contentOf,
  isReadable,
  pollSecretsOf,
  storedMessage,
} from "./reading.ts";
import {
  COMMON_OPTIONS,
  type CommonMessageStoreOptions,
  type StoreRules,
  storeRules,
} from "./store-options.ts";

export interface MessageStoreOptions extends CommonMessageStoreOptions, DatabaseOptions {
  /** How often expired messages are deleted from the disk; they are unreadable at once. @defaultValue `seconds(60)` */
  readonly sweepEvery?: Millis;
}

/** Messages on disk, for Baileys to send again when a recipient could not decrypt one. */
export interface MessageStore extends AsyncDisposable {
  /**
   * Pass it to `makeWASocket`. Answers what was sent under this key, or `undefined` when it is unknown, expired,
   * revoked, deleted or unreadable. Never rejects: failures go to `onError`.
   */
  readonly getMessage: (key: WAMessageKey) => Promise<proto.IMessage | undefined>;
  /**
   * As `getMessage`, with all that is known of the message.
   *
   * @throws StoreKitError `STORE_KIT_UNAVAILABLE` or `STORE_KIT_BODY_UNREADABLE`.
   */
  load(key: WAMessageKey): StoredMessage | undefined;
  /**
   * The messages of a chat, newest first, under whichever form it is named. Revokes, edits, votes and reactions are
   * not among them. One that cannot be decoded goes to `onError` and is left out.
   *
   * @throws UsageError for a limit or a cursor that makes no sense.
   * @throws StoreKitError `STORE_KIT_UNAVAILABLE`.
   */
  page(chat: string, options?: MessagePageOptions): MessagePage;
  /**
   * What decrypts the votes on a poll, or the answers to an event.
   *
   * @throws StoreKitError as `load`.
   */
  pollSecrets(key: WAMessageKey): PollSecrets | undefined;
  /**
   * Records a message this process sends; a revoke or an edit takes effect at once. On return it survives the
   * death of the process. A message that is recorded already is left as it is.
   *
   * @throws UsageError for a message that is not the account's own.
   * @throws StoreKitError `STORE_KIT_UNAVAILABLE` when it could not be written.
   */
  recordSent(message: WAMessage): void;
  /**
   * Writes messages of the past, in steps of a few milliseconds. What is known already is not changed by it. A
   * message that makes no sense goes to `onError` and is left out.
   *
   * Rejects with the reason of `signal`, or with `STORE_KIT_UNAVAILABLE`.
   */
  ingestHistory(messages: readonly WAMessage[], options?: HistoryOptions): Promise<void>;
  /**
   * Follows a socket's events, or a supervisor's across sockets: own messages, history, revokes, edits and
   * deletions. Binding the same emitter again changes nothing. Disposing the result, or closing the store, lets go
   * of it.
   */
  bind(ev: EventSource): Disposable;
  /** Takes one flush of Baileys' events, as `bind` does. Never throws: failures go to `onError`. */
  ingest(events: MessageEvents): void;
  /** Resolves when the history that came by events so far is written. Never rejects. */
  drain(): Promise<void>;
  /**
   * Wraps `sendMessage` and `relayMessage` of this socket so that what they send is recorded: before it leaves
   * when `relayMessage` is given a `messageId`, else as soon as Baileys returns it. A send never fails for it.
   */
  instrumentSends(sock: InstrumentedSocket): Disposable;
  /**
   * Deletes everything of a chat up to now, under both forms, and keeps it from being delivered again. It is
   * unreadable when the call returns, and off the disk when the promise resolves with how many rows were deleted.
   *
   * Rejects with `STORE_KIT_UNAVAILABLE`.
   */
  eraseChat(jid: string): Promise<number>;
  /** As `eraseChat`, and everything that the user sent to groups. */
  eraseUser(jid: string): Promise<number>;
  /**
   * Deletes expired messages, those of deleted chats and those over the bounds, within the budget.
   *
   * @throws StoreKitError `STORE_KIT_UNAVAILABLE`.
   */
  sweep(budget?: SweepBudget): SweepReport;
  /** Stops listening, writes the history that is left and closes the file. A second call does nothing. */
  close(): Promise<void>;
}

const STORE_OPTIONS = [
  ...COMMON_OPTIONS,
  "file",
  "database",
  "driver",
  "sweepEvery",
] as const satisfies readonly (keyof MessageStoreOptions)[];

/** Rows looked at in one step when a user's messages are searched for. */
const SCANNED_PER_STEP = 2000;
/** Revokes that wait for an admin, looked at again per sweep. */
const CLAIMS_PER_SWEEP = 100;

/**
 * Opens the message store of one account.
 *
 * It needs a file, or a handle, of this package's own: it refuses a database with other tables in it. Several
 * accounts and several processes may share one.
 *
 * @throws UsageError for an option that makes no sense or a file that cannot be opened.
 * @throws StoreKitError `STORE_KIT_FOREIGN_DATABASE`, `STORE_KIT_SCHEMA_NEWER` or `STORE_KIT_UNAVAILABLE`.
 */
export async function openMessageStore(options: MessageStoreOptions): Promise<MessageStore> {
  const rules = await storeRules("openMessageStore()", options, STORE_OPTIONS);
  assertOneDatabase(options);
  const opened = await openDatabase(options);
  try {
    return new SqliteMessageStore(opened, rules, options.sweepEvery ?? seconds(60));
  } catch (error) {
    opened.close();
    throw error;
  }
}

class SqliteMessageStore implements MessageStore {
  readonly #opened: OpenedDatabase;
  readonly #table: MessageTable;
  readonly #rules: StoreRules;
  readonly #bindings: Bindings;
  readonly #sweepTimer: SweepTimer;
  #history: Promise<void> = Promise.resolve();
  #claimsSeen = 0;
  #closing: Promise<void> | undefined;
  #closed = false;

  constructor(opened: OpenedDatabase, rules: StoreRules, sweepEvery: Millis) {
    this.#opened = opened;
    this.#rules = rules;
    this.#table = guarded(() => new MessageTable(opened.database, rules.account, rules.retention));
    this.#bindings = new Bindings((events) => this.ingest(events));
    this.#sweepTimer = new SweepTimer(rules.clock, sweepEvery, () => this.#sweepQuietly());
  }

  // A property, so that it can be passed on without its object.
  readonly getMessage = async (key: WAMessageKey): Promise<proto.IMessage | undefined> => {
    try {
      const asked = this.#askedBy(key);
      if (asked === undefined) return undefined;
      const row = guarded(
        () =>
          this.#findPlain(asked) ??
          this.#choose(this.#table.findToRead(asked.id, asked.fromMe), asked),
      );
      return row && contentOf(row, this.#rules);
    } catch (error) {
      this.#rules.report(error);
      return undefined;
    }
  };

  load(key: WAMessageKey): StoredMessage | undefined {
    return this.#read(key)?.stored;
  }

  page(chat: string, options: MessagePageOptions = {}): MessagePage {
    this.#assertOpen();
    const limit = integerOption("limit", options.limit ?? 50, { min: 1, max: 1000 });
    const before = options.before === undefined ? undefined : positionOf(options.before);
    const forms = formsOf(address(chat, undefined, this.#rules.book));
    const rows = guarded(() => this.#table.page(forms, before, limit, this.#rules.clock.now()));
    const messages: StoredMessage[] = [];
    for (const row of rows) {
      attempt(this.#rules, () => {
        const readable = guarded(() => this.#readable(row));
        if (readable) messages.push(storedMessage(readable, this.#rules));
      });
    }
    const last = rows.length === limit ? rows.at(-1) : undefined;
    return { messages, before: last && cursorOf(last) };
  }

  pollSecrets(key: WAMessageKey): PollSecrets | undefined {
    const read = this.#read(key);
    return read && pollSecretsOf(read.row, read.stored, this.#rules);
  }

  recordSent(message: WAMessage): void {
    this.#assertOpen();
    assertOwn(message);
    this.#rules.me.refresh();
    const nowMs = this.#rules.clock.now();
    const facts = factsOf(message, "sent", { ...this.#rules, nowMs });
    guarded(() => this.#table.write(facts, [], this.#writeRules(nowMs)));
  }

  async ingestHistory(messages: readonly WAMessage[], options: HistoryOptions = {}): Promise<void> {
    this.#assertOpen();
    await inSteps(messages, this.#rules.clock, (step) => this.#ingestStep(step), options);
  }

  bind(ev: EventSource): Disposable {
    this.#assertOpen();
    return this.#bindings.bind(ev);
  }

  ingest(events: MessageEvents): void {
    try {
      this.#assertOpen();
      this.#rules.me.refresh();
      const nowMs = this.#rules.clock.now();
      const { facts, erasedChats, history } = readEvents(events, {
        ...this.#rules,
        factsOf: (message, origin) => factsOf(message, origin, { ...this.#rules, nowMs }),
        nowMs,
      });
      if (history.length > 0) this.#queueHistory(history);
      guarded(() => this.#table.write(facts, erasedChats, this.#writeRules(nowMs)));
    } catch (error) {
      // A listener that throws makes Baileys emit the same flush again and lose the rest of it
      // (event-buffer.js: flush).
      this.#rules.report(error);
    }
  }

  drain(): Promise<void> {
    return this.#history;
  }

  instrumentSends(sock: InstrumentedSocket): Disposable {
    this.#assertOpen();
    return instrument(sock, (message) => {
      try {
        this.recordSent(message);
      } catch (error) {
        this.#rules.report(error);
      }
    });
  }

  async eraseChat(jid: string): Promise<number> {
    this.#assertOpen();
    const nowMs = this.#rules.clock.now();
    const forms = formsOf(address(jid, undefined, this.#rules.book));
    guarded(() => forms.forEach((form) => this.#table.markErased(form, nowMs)));
    return this.#sweepErased(forms);
  }

  async eraseUser(jid: string): Promise<number> {
    this.#assertOpen();
    const nowMs = this.#rules.clock.now();
    const forms = formsOf(address(jid, undefined, this.#rules.book));
    guarded(() => forms.forEach((form) => this.#table.markUserErased(form, nowMs)));
    let deleted = await this.eraseChat(jid);
    for (let afterPk: number | undefined = 0; afterPk !== undefined;) {
      const from: number = afterPk;
      this.#assertOpen();
      const step = guarded(() => this.#table.eraseSender(forms, from, SCANNED_PER_STEP));
      deleted += step.deleted;
      afterPk = step.nextPk;
      await setImmediate();
    }
    guarded(() => this.#table.scrub());
    return deleted;
  }

  sweep(budget: SweepBudget = {}): SweepReport {
    this.#assertOpen();
    return guarded(() => {
      this.#settleClaims();
      const report = sweepWithin(this.#rules.clock, budget, (maxRows) =>
        this.#table.sweep(maxRows, this.#rules.clock.now()),
      );
      if (!report.more) this.#table.scrub();
      return report;
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#bindings[Symbol.dispose]();
    this.#sweepTimer[Symbol.dispose]();
    await this.#history;
    this.#closed = true;
    guarded(() => this.#opened.close());
  }

  #read(key: WAMessageKey): { row: StoredRow; stored: StoredMessage } | undefined {
    const asked = this.#askedBy(key);
    if (asked === undefined) return undefined;
    const row = guarded(() => this.#choose(this.#table.find(asked.id, asked.fromMe), asked));
    return row && { row, stored: storedMessage(row, this.#rules) };
  }

  #askedBy(key: WAMessageKey): Asked | undefined {
    this.#assertOpen();
    this.#rules.me.refresh();
    return askedBy(key, this.#rules);
  }

  // Nearly every message that is asked for is such a one, and most of what a read costs is its columns.
  #findPlain(asked: Asked): PlainRow | undefined {
    const row = this.#table.findPlain(asked.id, asked.fromMe, this.#rules.clock.now());
    return row && matchRow(row, asked) === "same" ? row : undefined;
  }

  #choose<Row extends StoredReadRow>(
    rows: readonly Row[],
    asked: Asked,
  ): (Row & { readonly body: Uint8Array }) | undefined {
    return this.#readable(chooseRow(rows, asked, this.#rules.matchUnmappedLid));
  }

  #readable<Row extends StoredReadRow>(
    row: Row | undefined,
  ): (Row & { readonly body: Uint8Array }) | undefined {
    const nowMs = this.#rules.clock.now();
    if (!isReadable(row, nowMs) || this.#table.isErased(row)) return undefined;
    if (!isRevokedByAdmin(row, this.#rules)) return row;
    this.#table.erase(row, nowMs);
    return undefined;
  }

  #queueHistory(messages: readonly WAMessage[]): void {
    this.#history = this.#history
      .then(() => inSteps(messages, this.#rules.clock, (step) => this.#ingestStep(step), {}))
      .catch((error: unknown) => this.#rules.report(error));
  }

  #ingestStep(messages: readonly WAMessage[]): void {
    this.#rules.me.refresh();
    const nowMs = this.#rules.clock.now();
    const facts: MessageFact[] = [];
    for (const message of messages) {
      attempt(this.#rules, () => {
        const origin: MessageOrigin = message.key.fromMe ? "own" : "inbound";
        facts.push(...factsOf(message, origin, { ...this.#rules, nowMs }));
      });
    }
    this.#assertOpen();
    guarded(() => this.#table.write(facts, [], this.#writeRules(nowMs)));
  }

  async #sweepErased(chats: readonly string[]): Promise<number> {
    let deleted = 0;
    for (;;) {
      this.#assertOpen();
      const step = guarded(() =>
        sweepWithin(this.#rules.clock, {}, (rows) => this.#table.sweepErased(rows, chats)),
      );
      deleted += step.deleted;
      if (!step.more) break;
      await setImmediate();
    }
    guarded(() => this.#table.scrub());
    return deleted;
  }

  /** Looks again at some of the revokes that wait for somebody to be known as an admin. */
  #settleClaims(): void {
    const rows = this.#table.claimed(this.#claimsSeen, CLAIMS_PER_SWEEP);
    this.#claimsSeen = rows.length < CLAIMS_PER_SWEEP ? 0 : (rows.at(-1)?.pk ?? 0);
    const nowMs = this.#rules.clock.now();
    for (const row of rows) {
      if (row.body !== undefined && isRevokedByAdmin(row, this.#rules)) {
        this.#table.erase(row, nowMs);
      }
    }
  }

  #writeRules(nowMs: number): WriteRules {
    return { nowMs, isGroupAdmin: this.#rules.isGroupAdmin };
  }

  #sweepQuietly(): SweepReport {
    try {
      return this.sweep();
    } catch (error) {
      this.#rules.report(error);
      return { deleted: 0, more: false };
    }
  }

  #assertOpen(): void {
    if (this.#closed) throw new UsageError("USAGE_CLOSED", "The message store is closed");
  }
}

/** @throws UsageError for a message that is not the account's own. */
export function assertOwn({ key }: WAMessage): void {
  if (key.fromMe && key.id && key.remoteJid) return;
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    "recordSent takes a message of the account itself, with key.fromMe, key.id and key.remoteJid",
  );
}
