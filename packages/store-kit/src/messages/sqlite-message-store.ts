import { setImmediate } from "node:timers/promises";
import { integerOption } from "@motte/core/options";
import type { WAMessage, WAMessageKey, proto } from "@whiskeysockets/baileys";
import { type Millis, seconds } from "../millis.ts";
import { guarded } from "../sqlite/guarded.ts";
import { type OpenedDatabase, assertOneDatabase, openDatabase } from "../sqlite/open-database.ts";
import { type SweepBudget, type SweepReport, sweepWithin } from "../sqlite/sweep-budget.ts";
import { SweepTimer } from "../sqlite/sweep-timer.ts";
import { type Address, address } from "./address.ts";
import type { EventSource, MessageEvents } from "./event-feed.ts";
import { FactReader } from "./fact-reader.ts";
import { isRevokedByAdmin } from "./fold-facts.ts";
import { type HistoryOptions, Pace, inSteps } from "./history-intake.ts";
import { type InstrumentedSocket, instrument } from "./instrument-sends.ts";
import type { PlainRow, StoredReadRow, StoredRow } from "./message-record.ts";
import { chooseRow, matchRow } from "./message-row.ts";
import type { MessageStore, MessageStoreOptions } from "./message-store.ts";
import { MessageTable } from "./message-table.ts";
import { type MessagePage, type MessagePageOptions, cursorOf, positionOf } from "./page-cursor.ts";
import { attempt } from "./read-events.ts";
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
import { StoreLife } from "./store-life.ts";
import { COMMON_OPTIONS, type StoreRules, storeRules } from "./store-options.ts";

const STORE_OPTIONS = [
  ...COMMON_OPTIONS,
  "file",
  "database",
  "driver",
  "checkpointThread",
  "sweepEvery",
] as const satisfies readonly (keyof MessageStoreOptions)[];

/** Rows looked at in one step when a user's messages are searched for. */
const SCANNED_PER_STEP = 2000;
/** So much may a call of sweep() delete and still empty the log. */
const ROWS_BESIDE_SCRUB = 64;
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
  const opened = await openDatabase(options, rules.report);
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
  readonly #facts: FactReader;
  readonly #life: StoreLife;
  readonly #sweepTimer: SweepTimer;
  readonly #pace = new Pace(() => this.#table.room());
  #history: Promise<void> = Promise.resolve();
  #claimsSeen = 0;

  constructor(opened: OpenedDatabase, rules: StoreRules, sweepEvery: Millis) {
    this.#opened = opened;
    this.#rules = rules;
    this.#table = guarded(() => new MessageTable(opened.database, rules.account, rules.retention));
    this.#facts = new FactReader(rules);
    this.#life = new StoreLife((events) => this.ingest(events));
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
    this.#life.assertOpen();
    const limit = integerOption("limit", options.limit ?? 50, { min: 1, max: 1000 });
    const before = options.before === undefined ? undefined : positionOf(options.before);
    const asked = address(chat, undefined, this.#rules.book);
    const rows = guarded(() => this.#table.page(asked, before, limit, this.#rules.clock.now()));
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
    this.#life.assertOpen();
    const { facts, rules } = this.#facts.ofSent(message);
    guarded(() => this.#table.write(facts, [], rules));
  }

  async ingestHistory(messages: readonly WAMessage[], options: HistoryOptions = {}): Promise<void> {
    this.#life.assertOpen();
    await inSteps(
      messages,
      this.#rules.clock,
      (step) => this.#ingestStep(step),
      options,
      this.#pace,
    );
  }

  bind(ev: EventSource): Disposable {
    return this.#life.bind(ev);
  }

  ingest(events: MessageEvents): void {
    try {
      this.#life.assertOpen();
      const { facts, erasedChats, history, rules } = this.#facts.ofEvents(events);
      if (history.length > 0) this.#queueHistory(history);
      guarded(() => this.#table.write(facts, erasedChats, rules));
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
    this.#life.assertOpen();
    return instrument(sock, (message) => {
      try {
        this.recordSent(message);
      } catch (error) {
        this.#rules.report(error);
      }
    });
  }

  async eraseChat(jid: string): Promise<number> {
    this.#life.assertOpen();
    const nowMs = this.#rules.clock.now();
    const chat = address(jid, undefined, this.#rules.book);
    guarded(() => this.#table.markErased(chat, nowMs));
    return this.#sweepErased(chat);
  }

  async eraseUser(jid: string): Promise<number> {
    this.#life.assertOpen();
    const nowMs = this.#rules.clock.now();
    const user = address(jid, undefined, this.#rules.book);
    guarded(() => {
      this.#table.markUserErased(user, nowMs);
      this.#table.markErased(user, nowMs);
    });
    let deleted = await this.#sweepErased(user);
    for (let afterPk: number | undefined = 0; afterPk !== undefined;) {
      const from: number = afterPk;
      this.#life.assertOpen();
      const step = guarded(() => this.#table.eraseSender(user, from, SCANNED_PER_STEP));
      deleted += step.deleted;
      afterPk = step.nextPk;
      await setImmediate();
      await this.#table.room();
    }
    guarded(() => this.#table.hideErased(user));
    await this.#table.scrubAll();
    return deleted;
  }

  sweep(budget: SweepBudget = {}): SweepReport {
    this.#life.assertOpen();
    return guarded(() => {
      if (!this.#table.isAtRest()) return { deleted: 0, more: true };
      // Whoever writes meanwhile sleeps until it is empty, as SQLite has it.
      if (this.#table.isEmptyingLog && !this.#table.scrub()) return { deleted: 0, more: true };
      this.#settleClaims();
      const report = this.#table.withShortLog(() =>
        sweepWithin(
          this.#rules.clock,
          budget,
          (maxRows) => this.#table.sweep(maxRows, this.#rules.clock.now()),
          this.#table,
        ),
      );
      // Emptying the log takes long enough for a call of its own.
      if (report.deleted > ROWS_BESIDE_SCRUB) return { ...report, more: true };
      if (report.more) return report;
      return { ...report, more: !this.#table.scrub() };
    });
  }

  close(): Promise<void> {
    return this.#life.close(
      () => {
        this.#sweepTimer[Symbol.dispose]();
        return this.#history;
      },
      () => guarded(() => this.#opened.close()),
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #read(key: WAMessageKey): { row: StoredRow; stored: StoredMessage } | undefined {
    const asked = this.#askedBy(key);
    if (asked === undefined) return undefined;
    const row = guarded(() => this.#choose(this.#table.find(asked.id, asked.fromMe), asked));
    return row && { row, stored: storedMessage(row, this.#rules) };
  }

  #askedBy(key: WAMessageKey): Asked | undefined {
    this.#life.assertOpen();
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
      .then(() =>
        inSteps(messages, this.#rules.clock, (step) => this.#ingestStep(step), {}, this.#pace),
      )
      .catch((error: unknown) => this.#rules.report(error));
  }

  #ingestStep(messages: readonly WAMessage[]): void {
    const { facts, rules } = this.#facts.ofPast(messages);
    this.#life.assertOpen();
    guarded(() => this.#table.write(facts, [], rules));
  }

  async #sweepErased(chat: Address): Promise<number> {
    let deleted = 0;
    for (;;) {
      this.#life.assertOpen();
      const step = guarded(() =>
        this.#table.withShortLog(() =>
          sweepWithin(this.#rules.clock, {}, (rows) => this.#table.sweepErased(rows, chat)),
        ),
      );
      deleted += step.deleted;
      await setImmediate();
      await this.#table.room();
      if (!step.more) break;
    }
    this.#life.assertOpen();
    await this.#table.scrubAll();
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

  #sweepQuietly(): SweepReport {
    try {
      return this.sweep();
    } catch (error) {
      this.#rules.report(error);
      return { deleted: 0, more: false };
    }
  }
}
