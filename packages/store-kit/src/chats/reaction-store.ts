import type { BaileysEventMap, WAMessage, WAMessageKey, proto } from "@whiskeysockets/baileys";
import { asEntity } from "../identities/entities.ts";
import type { EntityId } from "../identities/identities.ts";
import { wholeNumber } from "../messages/message-content.ts";
import type { Table } from "../tables/table.ts";
import { keyPrefix, partsOf, rowKey } from "./row-key.ts";
import { type ChatSideOptions, StoreBase, deletedKeys } from "./store-base.ts";

export interface StoredReaction {
  /** Who reacted; `"me"` for ourselves, whichever of our forms it came by. */
  readonly author: EntityId | "me";
  readonly text: string;
  readonly atMs: number;
}

/** Which events tell of reactions. */
export type ReactionEvents = Partial<
  Pick<
    BaileysEventMap,
    | "messaging-history.set"
    | "messages.upsert"
    | "messages.reaction"
    | "messages.delete"
    | "chats.delete"
  >
>;

/** The reactions to messages. */
export interface ReactionStore {
  /** Takes in a flush of Baileys' events. Never throws. */
  ingest(events: ReactionEvents): void;
  /** One per person, the newest; none of those who took theirs back. */
  of(key: Pick<WAMessageKey, "remoteJid" | "id">): readonly StoredReaction[];
  /** Deletes all that is kept of somebody and of their chat. Says how many rows that were. */
  eraseUser(jid: string): Promise<number>;
}

interface ReactionRow {
  /** Empty when it was taken back: an older reaction may still come. */
  readonly text: string;
  readonly atMs: number;
}

const ME = "me";

/** Keeps reactions in memory, or in the tables given. */
export function reactionStore(options: ChatSideOptions): ReactionStore {
  return new Reactions(options);
}

class Reactions implements ReactionStore {
  readonly #base: StoreBase;
  // By chat, message and author.
  readonly #rows: Table<ReactionRow>;
  readonly #names: (author: string) => void;

  constructor(options: ChatSideOptions) {
    const base = new StoreBase("reactionStore", options);
    const { tables, max } = base;
    this.#base = base;
    this.#rows = tables.table({ name: "reaction", max, rankOf: ({ atMs }) => atMs });
    base.followMerges(this.#rows, 0, newer);
    this.#names = base.followMerges(this.#rows, 2, newer);
  }

  ingest(events: ReactionEvents): void {
    const base = this.#base;
    base.flush(() => {
      base.each(events["messaging-history.set"]?.messages, (message) => this.#addAllOf(message));
      // Baileys' event buffer puts a reaction into its message, where that is still buffered.
      base.each(events["messages.upsert"]?.messages, (message) => this.#addAllOf(message));
      base.each(events["messages.reaction"], ({ key, reaction }) => this.#add(key, reaction));
      base.each(deletedKeys(events["messages.delete"]), (key) => this.#delete(this.#prefix(key)));
      base.each(events["chats.delete"], (jid) =>
        this.#delete(keyPrefix(base.identities.entity(jid))),
      );
    });
  }

  of(key: Pick<WAMessageKey, "remoteJid" | "id">): readonly StoredReaction[] {
    const prefix = this.#prefix(key);
    if (prefix === undefined) return [];
    return this.#rows
      .list(prefix)
      .filter(({ row }) => row.text !== "")
      .map(({ key: name, row }) => {
        const author = partsOf(name)[2] ?? "";
        return { author: author === ME ? ME : asEntity(author), text: row.text, atMs: row.atMs };
      });
  }

  eraseUser(jid: string): Promise<number> {
    const entity = this.#base.identities.entity(jid);
    return this.#base.eraseRows(this.#rows, entity, [0, 2]);
  }

  #addAllOf({ key, reactions }: WAMessage): void {
    this.#base.each(reactions ?? undefined, (reaction) => this.#add(key, reaction));
  }

  #add(target: WAMessageKey, reaction: proto.IReaction): void {
    const prefix = this.#prefix(target);
    const author = this.#authorOf(reaction.key);
    if (prefix === undefined || author === undefined) return;
    const name = prefix + rowKey(author);
    const told = { text: reaction.text ?? "", atMs: wholeNumber(reaction.senderTimestampMs) ?? 0 };
    const before = this.#rows.get(name);
    const after = newer(told, before);
    if (after === before) return;
    this.#names(author);
    this.#rows.set(name, after);
  }

  #authorOf(key: proto.IMessageKey | null | undefined): string | undefined {
    if (key?.fromMe) return ME;
    // Baileys cleanMessage: in a direct chat the participant is "".
    const jid = key?.participant || key?.remoteJid;
    if (!jid) return undefined;
    return this.#base.identities.isMe(jid) ? ME : this.#base.identities.entity(jid);
  }

  #delete(prefix: string | undefined): void {
    if (prefix === undefined) return;
    for (const { key } of this.#rows.list(prefix)) this.#rows.delete(key);
  }

  #prefix({ remoteJid, id }: Pick<WAMessageKey, "remoteJid" | "id">): string | undefined {
    return remoteJid && id ? keyPrefix(this.#base.identities.entity(remoteJid), id) : undefined;
  }
}

/** The last word of two; at the same time either will do, as long as it is always the same. */
function newer(a: ReactionRow, b: ReactionRow | undefined): ReactionRow {
  if (b === undefined) return a;
  if (a.atMs !== b.atMs) return a.atMs > b.atMs ? a : b;
  return a.text > b.text ? a : b;
}
