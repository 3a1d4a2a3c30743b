import type { Random } from "@motte/core/random";
import type { RedisClient } from "@motte/core/redis";
import type { WAMessage, WAMessageKey, proto } from "@whiskeysockets/baileys";
import type { Millis } from "../../millis.ts";
import type { EventSource, MessageEvents } from "../event-feed.ts";
import type { HistoryOptions } from "../history-intake.ts";
import type { InstrumentedSocket } from "../instrument-sends.ts";
import type { MessagePage, MessagePageOptions } from "../page-cursor.ts";
import type { PollSecrets, StoredMessage } from "../reading.ts";
import type { CommonMessageStoreOptions } from "../store-options.ts";

export interface RedisMessageStoreOptions extends CommonMessageStoreOptions {
  /** A connected client of `redis` or `ioredis`, a cluster's too. Its owner closes it. */
  readonly client: RedisClient;
  /** What every key starts with. Without `{` and `}`. @defaultValue `"motte-messages"` */
  readonly prefix?: string;
  /** How long a command may take. @defaultValue `seconds(1)` */
  readonly commandTimeout?: Millis;
  /** @defaultValue `systemRandom` */
  readonly random?: Random;
}

/**
 * A `MessageStore` in Redis, which answers promises. Redis itself deletes what is past its life, so there is no sweep.
 */
export interface RedisMessageStore extends AsyncDisposable {
  /** As in `MessageStore`: never rejects. */
  readonly getMessage: (key: WAMessageKey) => Promise<proto.IMessage | undefined>;
  /** As in `MessageStore`; rejects where that throws. */
  load(key: WAMessageKey): Promise<StoredMessage | undefined>;
  /** As in `MessageStore`; rejects where that throws. */
  page(chat: string, options?: MessagePageOptions): Promise<MessagePage>;
  /** As in `MessageStore`; rejects where that throws. */
  pollSecrets(key: WAMessageKey): Promise<PollSecrets | undefined>;
  /** Resolves when Redis has the message. Rejects where that of `MessageStore` throws. */
  recordSent(message: WAMessage): Promise<void>;
  /** As in `MessageStore`. */
  ingestHistory(messages: readonly WAMessage[], options?: HistoryOptions): Promise<void>;
  /** As in `MessageStore`. What events tell is written in their order, soon after. */
  bind(ev: EventSource): Disposable;
  /** As in `MessageStore`. What events tell is written in their order, soon after. */
  ingest(events: MessageEvents): void;
  /** Resolves when everything that came by events so far is written. Never rejects. */
  drain(): Promise<void>;
  /** As in `MessageStore`. */
  instrumentSends(sock: InstrumentedSocket): Disposable;
  /** As in `MessageStore`. */
  eraseChat(jid: string): Promise<number>;
  /** As in `MessageStore`. */
  eraseUser(jid: string): Promise<number>;
  /** Stops listening and writes what is left. The client stays open. A second call does nothing. */
  close(): Promise<void>;
}
