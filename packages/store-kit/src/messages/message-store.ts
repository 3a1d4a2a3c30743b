import { type Clock, systemClock } from "@motte/core/clock";
import { UsageError } from "@motte/core/errors";
import { assertKnownOptions } from "@motte/core/options";
import type { WAMessage, WAMessageKey, proto } from "@whiskeysockets/baileys";
import { type BaileysRuntime, loadBaileys } from "../baileys-runtime.ts";
import { StoreKitError } from "../errors.ts";
import { type ErrorSink, totalSink } from "../error-sink.ts";
import { type Millis, seconds } from "../millis.ts";
import { address, isUserJid } from "./address.ts";
import { type Codec, decodeBody } from "./codec.ts";
import { type EventSource, type StoreEvents, subscribe } from "./event-feed.ts";
import { assertAccount } from "../sqlite/accounts.ts";
import { guarded } from "../sqlite/guarded.ts";
import {
  type DatabaseOptions,
  type OpenedDatabase,
  assertOneDatabase,
  openDatabase,
} from "../sqlite/open-database.ts";
import { type SweepBudget, type SweepReport, sweepWithin } from "../sqlite/sweep-budget.ts";
import { SweepTimer } from "../sqlite/sweep-timer.ts";
import { type InstrumentedSocket, instrument } from "./instrument-sends.ts";
import { messageCodec } from "./message-codec.ts";
import { isAnswerable } from "./message-content.ts";
import { type EventReader, readEvents } from "./read-events.ts";
import { factsOf, type KeepPolicy, type MessageOrigin } from "./message-facts.ts";
import { type MessageRow, chooseRow } from "./message-row.ts";
import { MessageTable } from "./message-table.ts";
import { type MeIdentity, OwnIdentity } from "./own-identity.ts";
import { type Retention, type RetentionOptions, retentionFrom } from "./retention.ts";

import { editedMessage } from "./edited-message.ts";

export interface MessageStoreOptions extends DatabaseOptions {
  /** Whose messages these are, e.g. the name of the session. Accounts of one file never see each other's. */
  readonly account: string;
  /** @defaultValue `systemClock` */
  readonly clock?: Clock;
  /** Hears of every failure that is kept away from Baileys. @defaultValue a process warning */
  readonly onError?: ErrorSink;
  /** The account's own JIDs, e.g. `() => state.creds.me`. @defaultValue learned from `bind`, when Baileys tells */
  readonly me?: MeIdentity | (() => MeIdentity | undefined);
  /** What to keep of a message. @defaultValue the body of own messages, and of others' polls and events */
  readonly keep?: (message: WAMessage, origin: MessageOrigin) => KeepPolicy;
  /** How long, how many, how much. */
  readonly retention?: RetentionOptions;
  /** Answer a retry from an address nothing links to the chat, if the id was sent to one person only. @defaultValue `true` */
  readonly matchUnmappedLid?: boolean;
  /** How often expired messages are deleted from the disk; they are unreadable at once. @defaultValue `seconds(60)` */
  readonly sweepEvery?: Millis;
  /** The copy of Baileys in use. @defaultValue the installed `@whiskeysockets/baileys` */
  readonly baileys?: BaileysRuntime;
}

/** A message as `load` finds it. */
export interface StoredMessage {
  /** The key as Baileys gave it, with its LID and PN forms. */
  readonly key: WAMessageKey;
  readonly message: proto.IMessage;
  /** Milliseconds since the epoch. */
  readonly sentAtMs: number;
  readonly origin: MessageOrigin;
  readonly edited: boolean;
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
   * Records a message this process sends; a revoke or an edit takes effect at once. On return it survives the
   * death of the process. A message that is recorded already is left as it is.
   *
   * @throws UsageError for a message that is not the account's own.
   * @throws StoreKitError `STORE_KIT_UNAVAILABLE` when it could not be written.
   */
  recordSent(message: WAMessage): void;
  /**
   * Follows a socket's events, or a supervisor's across sockets: own messages, revokes, edits and deletions.
   * Binding the same emitter again changes nothing. Disposing the result, or closing the store, lets go of it.
   */
  bind(ev: EventSource): Disposable;
  /**
   * Wraps `sendMessage` and `relayMessage` of this socket so that what they send is recorded: before it leaves
   * when `relayMessage` is given a `messageId`, else as soon as Baileys returns it. A send never fails for it.
   */
  instrumentSends(sock: InstrumentedSocket): Disposable;
  /**
   * Deletes expired messages, and those over the bounds, within the budget.
   *
   * @throws StoreKitError `STORE_KIT_UNAVAILABLE`.
   */
  sweep(budget?: SweepBudget): SweepReport;
  /** Stops listening and closes the file. A second call does nothing. */
  close(): Promise<void>;
}

const STORE_OPTIONS = [
  "account",
  "file",
  "database",
  "driver",
  "clock",
  "onError",
  "me",
  "keep",
  "retention",
  "matchUnmappedLid",
  "sweepEvery",
  "baileys",
] as const satisfies readonly (keyof MessageStoreOptions)[];

/**
 * Opens the message store of one account.
 *
 * It needs a file, or a handle, of its own: it refuses a database with other tables in it. Several accounts and
 * several processes may share one.
 *
 * @throws UsageError for an option that makes no sense or a file that cannot be opened.
 * @throws StoreKitError `STORE_KIT_FOREIGN_DATABASE`, `STORE_KIT_SCHEMA_NEWER` or `STORE_KIT_UNAVAILABLE`.
 */
export async function openMessageStore(options: MessageStoreOptions): Promise<MessageStore> {
  assertKnownOptions("openMessageStore()", options, STORE_OPTIONS);
  assertAccount(options.account);
  assertOneDatabase(options);
  const limits = retentionFrom(options.retention);
  const baileys = await loadBaileys(options.baileys);
  const opened = await openDatabase(options);
  try {
    return new SqliteMessageStore(opened, limits, messageCodec(baileys), options);
  } catch (error) {
    opened.close();
    throw error;
  }
}

class SqliteMessageStore implements MessageStore {
  readonly #opened: OpenedDatabase;
  readonly #table: MessageTable;
  readonly #retention: Retention;
  readonly #codec: Codec<proto.IMessage>;
  readonly #clock: Clock;
  readonly #report: ErrorSink;
  readonly #me: OwnIdentity;
  readonly #keep: (message: WAMessage, origin: MessageOrigin) => KeepPolicy;
  readonly #matchUnmappedLid: boolean;
  readonly #bindings = new Map<EventSource, Disposable>();
  readonly #sweepTimer: SweepTimer;
  #closed = false;

  constructor(
    opened: OpenedDatabase,
    retention: Retention,
    codec: Codec<proto.IMessage>,
    options: MessageStoreOptions,
  ) {
    const { clock = systemClock, keep = keepOwnAndAnswerable, sweepEvery = seconds(60) } = options;
    this.#opened = opened;
    this.#retention = retention;
    this.#codec = codec;
    this.#clock = clock;
    this.#report = totalSink(options.onError);
    this.#me = new OwnIdentity(options.me);
    this.#keep = keep;
    this.#matchUnmappedLid = options.matchUnmappedLid ?? true;
    this.#table = guarded(() => new MessageTable(opened.database, options.account, retention));
    this.#sweepTimer = new SweepTimer(clock, sweepEvery, () => this.#sweepQuietly());
  }

  // A property, so that it can be passed on without its object.
  readonly getMessage = async (key: WAMessageKey): Promise<proto.IMessage | undefined> => {
    try {
      return this.load(key)?.message;
    } catch (error) {
      this.#reportAny(error);
      return undefined;
    }
  };

  load(key: WAMessageKey): StoredMessage | undefined {
    this.#assertOpen();
    if (!key.id || !key.remoteJid) return undefined;
    const row = guarded(() => this.#find(key, key.id ?? "", key.remoteJid ?? ""));
    if (row === undefined || row.erased || row.body === undefined) return undefined;
    if (this.#clock.now() >= row.expiresAtMs) return undefined;
    const original = decodeBody(this.#codec, row.body);
    const message =
      row.editBody === undefined
        ? original
        : editedMessage(original, decodeBody(this.#codec, row.editBody));
    return {
      key: storedKey(row) ?? key,
      message,
      sentAtMs: row.sentAtMs,
      origin: row.origin,
      edited: row.editBody !== undefined,
    };
  }

  recordSent(message: WAMessage): void {
    this.#assertOpen();
    const { key } = message;
    if (!key.fromMe || !key.id || !key.remoteJid) {
      throw new UsageError(
        "USAGE_INVALID_OPTION",
        "recordSent takes a message of the account itself, with key.fromMe, key.id and key.remoteJid",
      );
    }
    this.#me.refresh();
    const nowMs = this.#clock.now();
    const facts = factsOf(message, "sent", this.#factContext(nowMs));
    guarded(() => this.#table.write(facts, [], nowMs));
  }

  bind(ev: EventSource): Disposable {
    this.#assertOpen();
    const bound = this.#bindings.get(ev);
    if (bound !== undefined) return bound;
    const unsubscribe = subscribe(ev, (events) => this.#ingest(events));
    const binding = {
      [Symbol.dispose]: () => {
        if (this.#bindings.delete(ev)) unsubscribe();
      },
    };
    this.#bindings.set(ev, binding);
    return binding;
  }

  instrumentSends(sock: InstrumentedSocket): Disposable {
    this.#assertOpen();
    return instrument(sock, (message) => {
      try {
        this.recordSent(message);
      } catch (error) {
        this.#reportAny(error);
      }
    });
  }

  sweep(budget: SweepBudget = {}): SweepReport {
    this.#assertOpen();
    return guarded(() => {
      const report = sweepWithin(this.#clock, budget, (maxRows) =>
        this.#table.sweep(maxRows, this.#clock.now()),
      );
      if (!report.more) this.#table.scrub();
      return report;
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    for (const binding of this.#bindings.values()) binding[Symbol.dispose]();
    this.#sweepTimer[Symbol.dispose]();
    this.#closed = true;
    guarded(() => this.#opened.close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #find(key: WAMessageKey, id: string, remoteJid: string): MessageRow | undefined {
    this.#me.refresh();
    const { participant, participantAlt, remoteJidAlt } = key;
    const chat = address(remoteJid, remoteJidAlt);
    const chatIsMe = isUserJid(chat.jid) && this.#me.isMe(chat.jid);
    // An event's answer names our event from the answerer's side, with `fromMe` unset (process-message.js
    // turns around the keys of reactions and votes only).
    const fromMe = !!key.fromMe || this.#me.isMe(participant) || chatIsMe;
    const sender = !fromMe && participant ? address(participant, participantAlt) : undefined;
    const rows = this.#table.find(id, fromMe);
    return chooseRow(rows, { id, fromMe, chat, sender, chatIsMe }, this.#matchUnmappedLid);
  }

  #ingest(events: StoreEvents): void {
    if (this.#closed) return;
    try {
      this.#me.refresh();
      const nowMs = this.#clock.now();
      const reader: EventReader = {
        me: this.#me,
        report: (error) => this.#reportAny(error),
        factsOf: (message, origin) => factsOf(message, origin, this.#factContext(nowMs)),
        nowMs,
      };
      const { facts, erasedChats } = readEvents(events, reader);
      guarded(() => this.#table.write(facts, erasedChats, nowMs));
    } catch (error) {
      // A listener that throws makes Baileys emit the same flush again and lose the rest of it
      // (event-buffer.js: flush).
      this.#reportAny(error);
    }
  }

  #factContext(nowMs: number): Parameters<typeof factsOf>[2] {
    return {
      codec: this.#codec,
      me: this.#me,
      retention: this.#retention,
      keep: this.#keep,
      nowMs,
    };
  }

  #sweepQuietly(): SweepReport {
    try {
      return this.sweep();
    } catch (error) {
      this.#reportAny(error);
      return { deleted: 0, more: false };
    }
  }

  #assertOpen(): void {
    if (this.#closed) throw new UsageError("USAGE_CLOSED", "The message store is closed");
  }

  #reportAny(error: unknown): void {
    this.#report(
      error instanceof Error
        ? error
        : new StoreKitError("STORE_KIT_EVENT_UNREADABLE", "Something that is no error was thrown", {
            cause: error,
          }),
    );
  }
}

function storedKey({ keyJson }: MessageRow): WAMessageKey | undefined {
  if (keyJson === undefined) return undefined;
  // Written by `recordSent` or `bind` from a key, so it reads as one.
  const key: WAMessageKey = JSON.parse(keyJson);
  return key;
}

function keepOwnAndAnswerable(message: WAMessage, origin: MessageOrigin): KeepPolicy {
  return origin !== "inbound" || isAnswerable(message.message ?? {}) ? "body" : "none";
}
