import type { WAMessage, WAMessageKey, proto } from "@whiskeysockets/baileys";
import type { Millis } from "../millis.ts";
import type { DatabaseOptions } from "../sqlite/open-database.ts";
import type { SweepBudget, SweepReport } from "../sqlite/sweep-budget.ts";
import type { EventSource, MessageEvents } from "./event-feed.ts";
import type { HistoryOptions } from "./history-intake.ts";
import type { InstrumentedSocket } from "./instrument-sends.ts";
import type { MessagePage, MessagePageOptions } from "./page-cursor.ts";
import type { PollSecrets, StoredMessage } from "./reading.ts";
import type { CommonMessageStoreOptions } from "./store-options.ts";

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
   * Deletes expired messages, those of deleted chats and those over the bounds, within the budget. When it says that
   * there is no more, what was deleted is off the disk, too, unless somebody else was reading it.
   *
   * @throws StoreKitError `STORE_KIT_UNAVAILABLE`.
   */
  sweep(budget?: SweepBudget): SweepReport;
  /** Stops listening, writes the history that is left and closes the file. A second call does nothing. */
  close(): Promise<void>;
}
