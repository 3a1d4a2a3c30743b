import type { BaileysEventMap, WAMessage, WAMessageKey } from "@whiskeysockets/baileys";
import { asEntity } from "../identities/entities.ts";
import type { EntityId } from "../identities/identities.ts";
import { wholeNumber } from "../messages/message-content.ts";
import type { PageCursor, Table, TableEntry } from "../tables/table.ts";
import { keyPrefix, partsOf, rowKey } from "./row-key.ts";
import { type ChatSideOptions, StoreBase, deletedKeys } from "./store-base.ts";

/** A message that somebody starred on a phone: `messages.load(key)` has it, for as long as it is kept. */
export interface StoredStar {
  readonly chat: EntityId;
  readonly key: Pick<WAMessageKey, "remoteJid" | "id" | "fromMe">;
  /** When that was heard; of a history, when the message was sent. */
  readonly starredAtMs: number;
}

export interface StarPage {
  readonly stars: readonly StoredStar[];
  /** Where to go on, when there is more. */
  readonly next: PageCursor | undefined;
}

/** Which events tell of stars. */
export type StarEvents = Partial<
  Pick<
    BaileysEventMap,
    | "messaging-history.set"
    | "messages.upsert"
    | "messages.update"
    | "messages.delete"
    | "chats.delete"
  >
>;

/** Which messages of an account are starred. */
export interface StarStore {
  /** Takes in a flush of Baileys' events. Never throws. */
  ingest(events: StarEvents): void;
  isStarred(key: Pick<WAMessageKey, "remoteJid" | "id">): boolean;
  /** All starred messages, those first that were starred last. */
  page(options: { readonly limit: number; readonly after?: PageCursor }): StarPage;
  /** Those of one chat, under whichever form it is named. */
  of(jid: string): readonly StoredStar[];
  /** Deletes the stars in somebody's chat. Says how many rows that were. */
  eraseUser(jid: string): Promise<number>;
}

interface StarRow {
  readonly jid: string;
  readonly fromMe: boolean;
  /** A star that was taken off stays as a mark: a history that still has it may come. */
  readonly starred: boolean;
  readonly atMs: number;
}

/** Keeps stars in memory, or in the tables given. */
export function starStore(options: ChatSideOptions): StarStore {
  return new Stars(options);
}

class Stars implements StarStore {
  readonly #base: StoreBase;
  // By chat and message.
  readonly #rows: Table<StarRow>;

  constructor(options: ChatSideOptions) {
    const base = new StoreBase("starStore", options);
    const { tables, max } = base;
    this.#base = base;
    this.#rows = tables.table({ name: "star", max, rankOf: ({ atMs }) => atMs });
    base.followMerges(this.#rows, 0, (moved, present) =>
      present === undefined || moved.atMs > present.atMs ? moved : present,
    );
  }

  ingest(events: StarEvents): void {
    const base = this.#base;
    base.flush(() => {
      base.each(events["messaging-history.set"]?.messages, (message) => this.#fill(message));
      // Baileys' event buffer puts a star into its message, where that is still buffered.
      base.each(events["messages.upsert"]?.messages, ({ key, starred }) => this.#set(key, starred));
      base.each(events["messages.update"], ({ key, update }) => this.#set(key, update.starred));
      base.each(deletedKeys(events["messages.delete"]), (key) => {
        const name = this.#nameOf(key);
        if (name !== undefined) this.#rows.delete(name);
      });
      base.each(events["chats.delete"], (jid) => {
        const prefix = keyPrefix(base.identities.entity(jid));
        for (const { key } of this.#rows.list(prefix)) this.#rows.delete(key);
      });
    });
  }

  isStarred(key: Pick<WAMessageKey, "remoteJid" | "id">): boolean {
    const name = this.#nameOf(key);
    return name !== undefined && this.#rows.get(name)?.starred === true;
  }

  page({ limit, after }: { readonly limit: number; readonly after?: PageCursor }): StarPage {
    const stars: StoredStar[] = [];
    let cursor = after;
    while (stars.length < limit) {
      const wanted = limit - stars.length;
      const entries = this.#rows.page({ limit: wanted, after: cursor });
      stars.push(...entries.filter(({ row }) => row.starred).map(shown));
      const last = entries.at(-1);
      if (entries.length < wanted) return { stars, next: undefined };
      cursor = last && { rank: last.rank, key: last.key };
    }
    return { stars, next: cursor };
  }

  of(jid: string): readonly StoredStar[] {
    const entries = this.#rows.list(keyPrefix(this.#base.identities.entity(jid)));
    return entries.filter(({ row }) => row.starred).map(shown);
  }

  eraseUser(jid: string): Promise<number> {
    return this.#base.eraseNamedRows(this.#rows, this.#base.identities.entity(jid));
  }

  /** What a history says is older than any word that came by itself. */
  #fill({ key, starred, messageTimestamp }: WAMessage): void {
    const name = starred === true ? this.#nameOf(key) : undefined;
    if (name === undefined || this.#rows.get(name) !== undefined) return;
    this.#write(name, key, true, sentAtMs(messageTimestamp));
  }

  #set(key: WAMessageKey, starred: boolean | null | undefined): void {
    const name = typeof starred === "boolean" ? this.#nameOf(key) : undefined;
    if (name === undefined || typeof starred !== "boolean") return;
    if (this.#rows.get(name)?.starred === starred) return;
    this.#write(name, key, starred, Math.floor(this.#base.clock.now()));
  }

  #write(name: string, { remoteJid, fromMe }: WAMessageKey, starred: boolean, atMs: number): void {
    this.#rows.set(name, { jid: remoteJid ?? "", fromMe: fromMe === true, starred, atMs });
  }

  #nameOf({ remoteJid, id }: Pick<WAMessageKey, "remoteJid" | "id">): string | undefined {
    return remoteJid && id ? rowKey(this.#base.identities.entity(remoteJid), id) : undefined;
  }
}

function sentAtMs(stamp: unknown): number {
  return (wholeNumber(stamp) ?? 0) * 1000;
}

function shown({ key, row }: TableEntry<StarRow>): StoredStar {
  const [chat = "", id = ""] = partsOf(key);
  return {
    chat: asEntity(chat),
    key: { remoteJid: row.jid, id, fromMe: row.fromMe },
    starredAtMs: row.atMs,
  };
}
