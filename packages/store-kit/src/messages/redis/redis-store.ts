import { UsageError } from "@motte/core/errors";
import { integerOption } from "@motte/core/options";
import { systemRandom } from "@motte/core/random";
import { redisConnection } from "@motte/core/redis";
import type { WAMessage, WAMessageKey, proto } from "@whiskeysockets/baileys";
import { StoreKitError } from "../../errors.ts";
import { RedisLink } from "../../kv/redis-link.ts";
import { seconds } from "../../millis.ts";
import { type Address, address, formsOf, matchAddress } from "../address.ts";
import { marksOf, userMark } from "../erasure-marks.ts";
import type { EventSource, MessageEvents } from "../event-feed.ts";
import { FactReader } from "../fact-reader.ts";
import { erasedRow, isRevokedByAdmin } from "../fold-facts.ts";
import { type HistoryOptions, Pace, inSteps } from "../history-intake.ts";
import { type InstrumentedSocket, instrument } from "../instrument-sends.ts";
import { type MessageRow, chooseRow } from "../message-row.ts";
import type { MessagePage, MessagePageOptions } from "../page-cursor.ts";
import {
  type PollSecrets,
  type StoredMessage,
  askedBy,
  isReadable,
  pollSecretsOf,
  storedMessage,
} from "../reading.ts";
import { StoreLife } from "../store-life.ts";
import { COMMON_OPTIONS, type StoreRules, storeRules } from "../store-options.ts";
import { cursorOf, memberOf, membersBefore } from "./member-pages.ts";
import type { RedisMessageStore, RedisMessageStoreOptions } from "./redis-message-store.ts";
import { RedisTable, type SetKind } from "./redis-table.ts";

const STORE_OPTIONS = [
  ...COMMON_OPTIONS,
  "client",
  "prefix",
  "commandTimeout",
  "random",
] as const satisfies readonly (keyof RedisMessageStoreOptions)[];

/** What events told and Redis has not taken yet. Past this many facts the newest are left out, and reported. */
const MAX_WAITING_FACTS = 20_000;
const REMOVED_AT_ONCE = 100;

/**
 * Opens the message store of one account in Redis.
 *
 * Count and bytes of the whole account are for Redis' own `maxmemory` to bound, so `retention.maxMessages` and
 * `retention.maxBytes` are refused; age and `retention.maxPerChat` hold.
 *
 * @throws UsageError for an option that makes no sense, or what is no Redis client.
 */
export async function openRedisMessageStore(
  options: RedisMessageStoreOptions,
): Promise<RedisMessageStore> {
  const rules = await storeRules("openRedisMessageStore()", options, STORE_OPTIONS);
  const { client, prefix = "motte-messages", commandTimeout = seconds(1), retention } = options;
  if (typeof prefix !== "string" || prefix === "" || /[{}]/.test(prefix)) {
    throw new UsageError("USAGE_INVALID_OPTION", "prefix must be a text without { and }");
  }
  if (retention?.maxMessages !== undefined || retention?.maxBytes !== undefined) {
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      "In Redis retention takes maxAge, maxAgeOf and maxPerChat: set maxmemory of the server instead",
    );
  }
  const link = new RedisLink(redisConnection(client), commandTimeout);
  const base = `${prefix}:{${encodeURIComponent(rules.account)}}`;
  const table = new RedisTable(link, base, options.random ?? systemRandom, rules.retention);
  return new RedisStore(table, rules);
}

class RedisStore implements RedisMessageStore {
  readonly #table: RedisTable;
  readonly #rules: StoreRules;
  readonly #facts: FactReader;
  readonly #life: StoreLife;
  readonly #pace = new Pace();
  #tail: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(table: RedisTable, rules: StoreRules) {
    this.#table = table;
    this.#rules = rules;
    this.#facts = new FactReader(rules);
    this.#life = new StoreLife((events) => this.ingest(events));
  }

  // A property, so that it can be passed on without its object.
  readonly getMessage = async (key: WAMessageKey): Promise<proto.IMessage | undefined> => {
    try {
      return (await this.load(key))?.message;
    } catch (error) {
      this.#rules.report(error);
      return undefined;
    }
  };

  async load(key: WAMessageKey): Promise<StoredMessage | undefined> {
    return (await this.#read(key))?.stored;
  }

  async page(chat: string, options: MessagePageOptions = {}): Promise<MessagePage> {
    this.#life.assertOpen();
    const limit = integerOption("limit", options.limit ?? 50, { min: 1, max: 1000 });
    const after = options.before === undefined ? undefined : memberOf(options.before);
    const asked = address(chat, undefined, this.#rules.book);
    const messages: StoredMessage[] = [];
    let last = after;
    for (;;) {
      const members = await membersBefore(this.#table, formsOf(asked), last, limit);
      for (const member of members) {
        last = member;
        await this.#attempt(async () => {
          const row = await this.#table.rowOf(member);
          // Somebody else may have had the number before.
          if (row === undefined || matchAddress(row.chat, asked) === "different") return;
          const readable = await this.#readable(row);
          if (readable && row.kind !== "control") {
            messages.push(storedMessage(readable, this.#rules));
          }
        });
        if (messages.length === limit) return { messages, before: cursorOf(member) };
      }
      if (members.length < limit) return { messages, before: undefined };
    }
  }

  async pollSecrets(key: WAMessageKey): Promise<PollSecrets | undefined> {
    const read = await this.#read(key);
    return read && pollSecretsOf(read.row, read.stored, this.#rules);
  }

  async recordSent(message: WAMessage): Promise<void> {
    this.#life.assertOpen();
    const { facts, rules } = this.#facts.ofSent(message);
    await this.#table.write(facts, rules);
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
      if (this.#waiting + facts.length > MAX_WAITING_FACTS) throw overfull();
      this.#waiting += facts.length;
      this.#queue(async () => {
        this.#waiting -= facts.length;
        await this.#table.write(facts, rules);
      });
      for (const chat of erasedChats) this.#queue(() => this.#eraseAt(chat, rules.nowMs));
      if (history.length > 0) {
        this.#queue(() =>
          inSteps(history, this.#rules.clock, (step) => this.#ingestStep(step), {}, this.#pace),
        );
      }
    } catch (error) {
      // A listener that throws makes Baileys emit the same flush again and lose the rest of it
      // (event-buffer.js: flush).
      this.#rules.report(error);
    }
  }

  drain(): Promise<void> {
    return this.#tail;
  }

  instrumentSends(sock: InstrumentedSocket): Disposable {
    this.#life.assertOpen();
    return instrument(sock, (message) =>
      this.recordSent(message).catch((error: unknown) => this.#rules.report(error)),
    );
  }

  async eraseChat(jid: string): Promise<number> {
    this.#life.assertOpen();
    return this.#eraseAt(address(jid, undefined, this.#rules.book), this.#rules.clock.now());
  }

  async eraseUser(jid: string): Promise<number> {
    this.#life.assertOpen();
    const nowMs = this.#rules.clock.now();
    const user = address(jid, undefined, this.#rules.book);
    for (const name of marksOf(user)) await this.#table.mark(userMark(name), nowMs);
    const deleted = await this.#eraseAt(user, nowMs);
    const sent = await this.#removeAll("u", user, nowMs);
    return deleted + sent + (await this.#removeAll("w", user, nowMs));
  }

  close(): Promise<void> {
    return this.#life.close(() => this.#tail);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #read(key: WAMessageKey): Promise<{ row: MessageRow; stored: StoredMessage } | undefined> {
    this.#life.assertOpen();
    this.#rules.me.refresh();
    const asked = askedBy(key, this.#rules);
    if (asked === undefined) return undefined;
    const rows = await this.#table.find(asked.id, asked.fromMe);
    const row = await this.#readable(chooseRow(rows, asked, this.#rules.matchUnmappedLid));
    return row && { row, stored: storedMessage(row, this.#rules) };
  }

  async #readable(
    row: MessageRow | undefined,
  ): Promise<(MessageRow & { readonly body: Uint8Array }) | undefined> {
    const nowMs = this.#rules.clock.now();
    if (!isReadable(row, nowMs) || (await this.#table.isErased(row))) return undefined;
    if (!isRevokedByAdmin(row, this.#rules)) return row;
    await this.#table.change(row.id, nowMs, (rows) =>
      rows
        .filter((one) => !one.erased && isRevokedByAdmin(one, this.#rules))
        .map((before) => ({ before, after: erasedRow(before, nowMs) })),
    );
    return undefined;
  }

  #queue(work: () => Promise<unknown>): void {
    this.#tail = this.#tail
      .then(async () => void (await work()))
      .catch((error: unknown) => this.#rules.report(error));
  }

  async #ingestStep(messages: readonly WAMessage[]): Promise<void> {
    const { facts, rules } = this.#facts.ofPast(messages);
    await this.#table.write(facts, rules);
  }

  async #eraseAt(chat: Address, nowMs: number): Promise<number> {
    for (const name of marksOf(chat)) await this.#table.mark(name, nowMs);
    const deleted = await this.#removeAll("t", chat, nowMs);
    return deleted + (await this.#removeAll("c", chat, nowMs));
  }

  async #removeAll(set: SetKind, whose: Address, untilMs: number): Promise<number> {
    let deleted = 0;
    for (const form of formsOf(whose)) {
      for (let kept = 0; ;) {
        const oldest = await this.#table.oldest(set, form, REMOVED_AT_ONCE, kept);
        const members = oldest.filter(({ score }) => score <= untilMs);
        if (members.length === 0) break;
        for (const member of members) {
          const row = await this.#table.rowOf(member);
          // Somebody else may have had the number before, though not while a message was waited for.
          const named = set === "w" ? undefined : set === "u" ? row?.sender : row?.chat;
          if (named !== undefined && matchAddress(named, whose) === "different") kept += 1;
          else if (await this.#table.remove(member, set, form)) deleted += 1;
        }
      }
    }
    return deleted;
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#rules.report(error);
    }
  }
}

function overfull(): StoreKitError {
  return new StoreKitError(
    "STORE_KIT_UNAVAILABLE",
    "Redis takes messages more slowly than they come: some of them were left out",
    { retryable: true },
  );
}
