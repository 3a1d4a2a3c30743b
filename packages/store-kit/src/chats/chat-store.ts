import type { BaileysEventMap, ChatUpdate, WAMessage, WAMessageKey } from "@whiskeysockets/baileys";
import { type SyncCache, lru } from "../cache/lru.ts";
import { asEntity } from "../identities/entities.ts";
import type { EntityId } from "../identities/identities.ts";
import { wholeNumber } from "../messages/message-content.ts";
import type { PageCursor, Table } from "../tables/table.ts";
import {
  type ChatRow,
  emptyChat,
  isDeleted,
  isSameChat,
  joinChats,
  mutedUntilMs,
  pinnedAtMs,
  sentAt,
  withHistory,
  withUpdate,
} from "./chat-row.ts";
import { keyPrefix, rowKey } from "./row-key.ts";
import { type ChatSideOptions, StoreBase, one } from "./store-base.ts";
import { awaitsReading, chatOf, isChatMessage } from "./unread-message.ts";

export interface StoredChat {
  readonly entity: EntityId;
  /** How it was addressed last. */
  readonly jid: string;
  readonly name: string | undefined;
  readonly description: string | undefined;
  /** Messages that wait to be read. */
  readonly unread: number;
  /** Somebody marked it as unread on a phone. */
  readonly markedUnread: boolean;
  readonly archived: boolean;
  readonly readOnly: boolean;
  readonly locked: boolean;
  /** When it was pinned, in ms since the epoch. */
  readonly pinnedAtMs: number | undefined;
  /** Until when it is muted, in ms since the epoch; `Infinity` for good. */
  readonly mutedUntilMs: number | undefined;
  /** How long new messages live here, in seconds. */
  readonly ephemeralSeconds: number | undefined;
  /** When its last message was sent, in ms since the epoch; 0 when that is not known. */
  readonly lastMessageAtMs: number;
}

export interface ChatPage {
  readonly chats: readonly StoredChat[];
  /** Where to go on, when there is more. */
  readonly next: PageCursor | undefined;
}

/** Which events tell of chats. */
export type ChatEvents = Partial<
  Pick<
    BaileysEventMap,
    | "messaging-history.set"
    | "chats.upsert"
    | "chats.update"
    | "chats.delete"
    | "chats.lock"
    | "messages.upsert"
    | "messages.update"
    | "messages.delete"
    | "message-receipt.update"
  >
>;

/** Every chat of an account, and what of it has not been read. */
export interface ChatStore {
  /** Takes in a flush of Baileys' events. Never throws. */
  ingest(events: ChatEvents): void;
  get(jid: string): StoredChat | undefined;
  /** The chats by their last message, newest first. */
  page(options: { readonly limit: number; readonly after?: PageCursor }): ChatPage;
  /** Forgets a chat at once. Nothing that was sent before can bring it back. */
  erase(jid: string): void;
  /** Deletes all that is kept of a chat, also that it was deleted. Says how many rows that were. */
  eraseUser(jid: string): Promise<number>;
}

interface UnreadRow {
  readonly at: number;
  /** Deleted since: it is not unread, and does not become so by being delivered again. */
  readonly gone?: boolean;
  /** Deleted, and not known when it was sent: `at` is when it was deleted. */
  readonly isUndated?: boolean;
}

/** Some milliseconds of work. */
const FORGOTTEN_PER_FLUSH = 1024;
const FORGOTTEN_PER_STEP = 64;

// proto.WebMessageInfo.Status: READ, and PLAYED beyond it.
const READ = 4;

/** Keeps chats in memory, or in the tables given. */
export function chatStore(options: ChatSideOptions): ChatStore {
  return new Chats(options);
}

class Chats implements ChatStore {
  readonly #base: StoreBase;
  readonly #rows: Table<ChatRow>;
  readonly #unread: Table<UnreadRow>;
  /** How many there are since when, of the chats that are asked for: a bot may leave all it is sent unread. */
  readonly #counts: SyncCache<{ readonly from: number; readonly since: number }> = lru();
  /** Chats that were read, and up to which key what is no longer unread is gone. */
  readonly #toForget = new Map<EntityId, string>();

  constructor(options: ChatSideOptions) {
    const base = new StoreBase("chatStore", options);
    const { tables, max } = base;
    this.#base = base;
    this.#rows = tables.table<ChatRow>({ name: "chat", max, rankOf: ({ lastAt }) => lastAt });
    this.#unread = tables.table<UnreadRow>({ name: "unread", max, rankOf: ({ at }) => at });
    base.followMerges(this.#rows, undefined, joinChats);
    base.followMerges(this.#unread, 0, (moved, present) => {
      this.#counts.clear();
      return present?.gone ? present : moved;
    });
  }

  ingest(events: ChatEvents): void {
    const base = this.#base;
    const isKept = base.flush(() => {
      base.each(events["messaging-history.set"]?.chats, (chat) => this.#history(chat));
      base.each(events["chats.upsert"], (chat) => this.#update({ ...chat, unreadCount: null }));
      base.each(events["messages.upsert"]?.messages, (message) => this.#message(message));
      base.each(events["chats.update"], (update) => this.#update(update));
      base.each(one(events["chats.lock"]), ({ id, locked }) =>
        this.#change(id, (row) => ({ ...row, locked })),
      );
      base.each(events["messages.update"], ({ key, update }) => {
        if (Number(update.status) >= READ) this.#readUpTo(key);
      });
      base.each(events["message-receipt.update"], ({ key, receipt }) => {
        if (receipt.readTimestamp || receipt.playedTimestamp) this.#readUpTo(key);
      });
      // Last: Baileys' event buffer hands over a deletion together with what it deletes.
      base.each(one(events["messages.delete"]), (deletion) => {
        if ("keys" in deletion) base.each(deletion.keys, (key) => this.#deleteMessage(key));
        else this.#readAll(deletion.jid);
      });
      base.each(events["chats.delete"], (jid) => this.erase(jid));
      this.#forgetSome();
    });
    if (!isKept) this.#counts.clear();
  }

  get(jid: string): StoredChat | undefined {
    const entity = this.#base.identities.entity(jid);
    const row = this.#rows.get(entity);
    return row === undefined || isDeleted(row) ? undefined : this.#shown(entity, row);
  }

  page({ limit, after }: { readonly limit: number; readonly after?: PageCursor }): ChatPage {
    const chats: StoredChat[] = [];
    let cursor = after;
    while (chats.length < limit) {
      const wanted = limit - chats.length;
      const entries = this.#rows.page({ limit: wanted, after: cursor });
      for (const { key, row } of entries) {
        if (!isDeleted(row)) chats.push(this.#shown(asEntity(key), row));
      }
      cursor = entries.at(-1);
      if (entries.length < wanted) return { chats, next: undefined };
    }
    return { chats, next: cursor && { rank: cursor.rank, key: cursor.key } };
  }

  erase(jid: string): void {
    const entity = this.#base.identities.entity(jid);
    this.#counts.delete(entity);
    this.#base.tables.atomically(() => {
      for (const { key } of this.#unread.list(keyPrefix(entity))) this.#unread.delete(key);
      const { lastAt = 0, readTo = 0 } = this.#rows.get(entity) ?? {};
      this.#rows.set(entity, {
        ...emptyChat(jid),
        lastAt,
        readTo: Math.max(lastAt, readTo),
        deletedTo: lastAt,
      });
    });
  }

  async eraseUser(jid: string): Promise<number> {
    const entity = this.#base.identities.entity(jid);
    const unread = await this.#base
      .eraseRows(this.#unread, entity, [0])
      .finally(() => this.#counts.clear());
    return unread + (await this.#base.eraseNamedRows(this.#rows, entity));
  }

  #history(chat: ChatUpdate): void {
    if (!chat.id) return;
    this.#change(chat.id, (row) => (isBeforeDeletion(row, chat) ? row : withHistory(row, chat)));
  }

  #update(update: ChatUpdate): void {
    if (!update.id) return;
    const unread = wholeNumber(update.unreadCount);
    this.#change(update.id, (row) => {
      const next = withUpdate(row, update);
      // More than zero is how many came, which the messages tell better: the buffer adds a mark as read to it.
      if (unread === -1) return { ...next, markedUnread: true };
      return unread === 0 ? asRead(next, next.lastAt) : next;
    });
    if (unread === 0) this.#forgetRead(update.id);
  }

  #message(message: WAMessage): void {
    const jid = chatOf(message.key);
    const { id } = message.key;
    if (!jid || !id || !isChatMessage(message)) return;
    const at = wholeNumber(message.messageTimestamp) ?? 0;
    this.#change(jid, (row) => ({ ...row, lastAt: Math.max(row.lastAt, at) }));
    const entity = this.#base.identities.entity(jid);
    const key = rowKey(entity, id);
    const row = this.#rows.get(entity) ?? emptyChat(jid);
    if (!awaitsReading(message) || at <= row.readTo || this.#unread.get(key)) return;
    const { size } = this.#unread;
    this.#unread.set(key, { at });
    const known = this.#counts.get(entity);
    // Where the table was full, others had to go.
    if (this.#unread.size !== size + 1) this.#counts.clear();
    else if (known && at > known.from) {
      this.#counts.set(entity, { ...known, since: known.since + 1 });
    }
  }

  /** Another device of ours has read this message of somebody else's, and so all before it. */
  #readUpTo(key: WAMessageKey): void {
    const jid = chatOf(key);
    if (key.fromMe !== false || !jid || !key.id) return;
    const entity = this.#base.identities.entity(jid);
    const known = this.#unread.get(rowKey(entity, key.id));
    if (known === undefined || known.isUndated) return;
    // Read before, and not forgotten yet.
    if (known.at <= (this.#rows.get(entity)?.readTo ?? 0)) return;
    this.#change(jid, (row) => asRead(row, known.at));
    this.#forgetRead(jid);
  }

  #readAll(jid: string): void {
    this.#change(jid, (row) => asRead(row, row.lastAt));
    this.#forgetRead(jid);
  }

  #deleteMessage(key: WAMessageKey): void {
    const jid = chatOf(key);
    if (key.fromMe === true || !jid || !key.id) return;
    const entity = this.#base.identities.entity(jid);
    const name = rowKey(entity, key.id);
    this.#counts.clear();
    // One that nobody has heard of may still come, and was sent before now.
    const known = this.#unread.get(name);
    const now = { at: Math.floor(this.#base.clock.now() / 1000), isUndated: true };
    this.#unread.set(name, { ...(known ?? now), gone: true });
  }

  #change(jid: string, change: (row: ChatRow) => ChatRow): void {
    const entity = this.#base.identities.entity(jid);
    const before = this.#rows.get(entity);
    const after = change(before ?? emptyChat(jid));
    if (before === undefined || !isSameChat(before, after)) this.#rows.set(entity, after);
  }

  #forgetRead(jid: string): void {
    const entity = this.#base.identities.entity(jid);
    this.#toForget.set(entity, keyPrefix(entity));
  }

  /** Drops what is no longer unread, so that only what is unread takes room: of a crowded chat a part with each flush. */
  #forgetSome(): void {
    let left = FORGOTTEN_PER_FLUSH;
    for (const [entity, start] of this.#toForget) {
      const readTo = this.#rows.get(entity)?.readTo ?? 0;
      let after: string | undefined = start;
      while (after !== undefined && left > 0) {
        const rows = this.#unread.scan(after, FORGOTTEN_PER_STEP);
        const own = rows.filter(({ key }) => key.startsWith(keyPrefix(entity)));
        for (const { key, row } of own) if (row.at <= readTo) this.#unread.delete(key);
        left -= own.length;
        after = own.length === FORGOTTEN_PER_STEP ? own.at(-1)?.key : undefined;
      }
      if (after === undefined) this.#toForget.delete(entity);
      else this.#toForget.set(entity, after);
      if (left <= 0) return;
    }
  }

  #shown(entity: EntityId, row: ChatRow): StoredChat {
    return {
      entity,
      jid: row.jid,
      name: row.name,
      description: row.description,
      unread: this.#unreadOf(entity, row),
      markedUnread: row.markedUnread ?? false,
      archived: row.archived ?? false,
      readOnly: row.readOnly ?? false,
      locked: row.locked ?? false,
      pinnedAtMs: pinnedAtMs(row),
      mutedUntilMs: mutedUntilMs(row),
      ephemeralSeconds: row.ephemeralSeconds || undefined,
      lastMessageAtMs: row.lastAt * 1000,
    };
  }

  /** The history's count where nothing was read since, and every message since that. */
  #unreadOf(entity: EntityId, { readTo, history }: ChatRow): number {
    const counts = history !== undefined && history.at > readTo;
    const from = counts ? history.at : readTo;
    const known = this.#counts.get(entity);
    const since = known?.from === from ? known.since : this.#countSince(entity, from);
    return since + (counts ? history.unread : 0);
  }

  #countSince(entity: EntityId, from: number): number {
    const rows = this.#unread.list(keyPrefix(entity));
    const since = rows.filter(({ row }) => row.at > from && row.gone !== true).length;
    this.#counts.set(entity, { from, since });
    return since;
  }
}

function asRead(row: ChatRow, to: number): ChatRow {
  const { markedUnread: _, ...rest } = row;
  return { ...rest, readTo: Math.max(row.readTo, to) };
}

function isBeforeDeletion(row: ChatRow, chat: ChatUpdate): boolean {
  return row.deletedTo !== undefined && sentAt(chat) <= row.deletedTo;
}
