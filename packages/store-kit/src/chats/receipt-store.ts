import type {
  BaileysEventMap,
  MessageUserReceiptUpdate,
  WAMessage,
  WAMessageKey,
} from "@whiskeysockets/baileys";
import { type SyncCache, lru } from "../cache/lru.ts";
import { asEntity } from "../identities/entities.ts";
import type { EntityId } from "../identities/identities.ts";
import { isUserJid, normalizeJid } from "../messages/address.ts";
import { wholeNumber } from "../messages/message-content.ts";
import type { Table } from "../tables/table.ts";
import { keyPrefix, partsOf, rowKey } from "./row-key.ts";
import { type ChatSideOptions, StoreBase, deletedKeys } from "./store-base.ts";
import { chatOf } from "./unread-message.ts";

/** When somebody got, read or played a message of ours: the first time each, in ms since the epoch. */
export interface StoredReceipt {
  readonly user: EntityId;
  readonly deliveredAtMs?: number;
  readonly readAtMs?: number;
  readonly playedAtMs?: number;
}

/** Which events tell of receipts. */
export type ReceiptEvents = Partial<
  Pick<
    BaileysEventMap,
    | "messages.upsert"
    | "message-receipt.update"
    | "messages.update"
    | "messages.delete"
    | "chats.delete"
  >
>;

/** Who received what of ours, and when. */
export interface ReceiptStore {
  /** Takes in a flush of Baileys' events. Never throws. */
  ingest(events: ReceiptEvents): void;
  /** One per person, in direct chats and groups alike. */
  of(key: Pick<WAMessageKey, "remoteJid" | "id">): readonly StoredReceipt[];
  /** Deletes all that is kept of somebody and of their chat. Says how many rows that were. */
  eraseUser(jid: string): Promise<number>;
}

type ReceiptRow = Omit<StoredReceipt, "user">;

// proto.WebMessageInfo.Status
const DELIVERY_ACK = 3;
const READ = 4;
const PLAYED = 5;

/** As many as a group has members. */
const MOST_PER_MESSAGE = 1024;

/** Keeps receipts in memory, or in the tables given. */
export function receiptStore(options: ChatSideOptions): ReceiptStore {
  return new Receipts(options);
}

class Receipts implements ReceiptStore {
  readonly #base: StoreBase;
  // By chat, message and person.
  readonly #rows: Table<ReceiptRow>;
  readonly #names: (user: string) => void;
  /** How many there are of messages that receipts come for now: to count them anew for each would take longest of all. */
  readonly #counts: SyncCache<number> = lru({ max: 1000 });

  constructor(options: ChatSideOptions) {
    const base = new StoreBase("receiptStore", options);
    const { tables, max } = base;
    this.#base = base;
    this.#rows = tables.table({ name: "receipt", max, rankOf: latest });
    const joined = (moved: ReceiptRow, present: ReceiptRow | undefined): ReceiptRow => {
      this.#counts.clear();
      return join(moved, present);
    };
    base.followMerges(this.#rows, 0, joined);
    this.#names = base.followMerges(this.#rows, 2, joined);
  }

  ingest(events: ReceiptEvents): void {
    const base = this.#base;
    const isKept = base.flush(() => {
      base.each(events["messages.upsert"]?.messages, (message) => this.#addAllOf(message));
      base.each(events["message-receipt.update"], ({ key, receipt }) =>
        this.#add(key, receipt.userJid, fromReceipt(receipt)),
      );
      // In a direct chat the receipt is an update of the message, whose time is the receipt's.
      base.each(events["messages.update"], ({ key, update }) =>
        this.#add(key, receiverOf(key), fromStatus(update.status, update.messageTimestamp)),
      );
      base.each(deletedKeys(events["messages.delete"]), (key) => this.#forget(key));
      base.each(events["chats.delete"], (jid) =>
        this.#delete(keyPrefix(base.identities.entity(jid))),
      );
    });
    if (!isKept) this.#counts.clear();
  }

  of(key: Pick<WAMessageKey, "remoteJid" | "id">): readonly StoredReceipt[] {
    const prefix = this.#prefix(key);
    if (prefix === undefined) return [];
    return this.#rows
      .list(prefix)
      .map(({ key: name, row }) => ({ user: asEntity(partsOf(name)[2] ?? ""), ...row }));
  }

  async eraseUser(jid: string): Promise<number> {
    const entity = this.#base.identities.entity(jid);
    try {
      return await this.#base.eraseRows(this.#rows, entity, [0, 2]);
    } finally {
      this.#counts.clear();
    }
  }

  /** Baileys' event buffer puts a receipt into its message, time and all, where that is still buffered. */
  #addAllOf({ key, userReceipt, status, messageTimestamp }: WAMessage): void {
    this.#base.each(userReceipt ?? undefined, (receipt) =>
      this.#add(key, receipt.userJid, fromReceipt(receipt)),
    );
    if (key.remoteJid && isUserJid(key.remoteJid)) {
      this.#add(key, key.remoteJid, fromStatus(status, messageTimestamp));
    }
  }

  #add(key: WAMessageKey, userJid: string | null | undefined, told: ReceiptRow): void {
    const prefix = this.#prefix(key);
    // What we read of others' messages is the chat's concern.
    if (prefix === undefined || !key.fromMe || !userJid || latest(told) === 0) return;
    const { identities } = this.#base;
    if (identities.isMe(userJid)) return;
    const user = identities.entity(userJid);
    const name = prefix + rowKey(user);
    const before = this.#rows.get(name);
    const after = join(told, before);
    if (before !== undefined) {
      if (!isEqual(before, after)) this.#rows.set(name, after);
      return;
    }
    const count = this.#counts.get(prefix) ?? this.#rows.count(prefix);
    this.#counts.set(prefix, count);
    if (count >= MOST_PER_MESSAGE) return;
    this.#names(user);
    const { size } = this.#rows;
    this.#rows.set(name, after);
    // Where the table was full, others had to go.
    if (this.#rows.size === size + 1) this.#counts.set(prefix, count + 1);
    else this.#counts.clear();
  }

  #forget(key: WAMessageKey): void {
    const prefix = this.#prefix(key);
    if (prefix !== undefined && key.fromMe) this.#delete(prefix);
  }

  #delete(prefix: string): void {
    this.#counts.clear();
    for (const { key } of this.#rows.list(prefix)) this.#rows.delete(key);
  }

  #prefix(
    key: Pick<WAMessageKey, "remoteJid" | "id" | "participant" | "fromMe">,
  ): string | undefined {
    const jid = chatOf({ fromMe: true, remoteJid: key.remoteJid ?? null });
    return jid && key.id ? keyPrefix(this.#base.identities.entity(jid), key.id) : undefined;
  }
}

/** Who tells of a message in an update of it: of one to a broadcast list, each of those on it (handleReceipt). */
function receiverOf({ remoteJid, participant }: WAMessageKey): string | undefined {
  return [remoteJid, participant].find((jid) => jid && isUserJid(normalizeJid(jid))) ?? undefined;
}

function fromReceipt(receipt: MessageUserReceiptUpdate["receipt"]): ReceiptRow {
  return times({
    deliveredAtMs: receipt.receiptTimestamp,
    readAtMs: receipt.readTimestamp,
    playedAtMs: receipt.playedTimestamp,
  });
}

function fromStatus(status: unknown, stamp: unknown): ReceiptRow {
  switch (status) {
    case DELIVERY_ACK:
      return times({ deliveredAtMs: stamp });
    case READ:
      return times({ readAtMs: stamp });
    case PLAYED:
      return times({ playedAtMs: stamp });
    default:
      return {};
  }
}

/** The seconds of the wire in ms, without those that are missing. */
function times(
  stamps: Readonly<Record<keyof ReceiptRow, unknown>> | Record<string, unknown>,
): ReceiptRow {
  const told = Object.entries(stamps)
    .map(([name, stamp]) => [name, (wholeNumber(stamp) ?? 0) * 1000] as const)
    .filter(([, ms]) => ms > 0);
  return Object.fromEntries(told);
}

function join(a: ReceiptRow, b: ReceiptRow = {}): ReceiptRow {
  return {
    ...first("deliveredAtMs", a.deliveredAtMs, b.deliveredAtMs),
    ...first("readAtMs", a.readAtMs, b.readAtMs),
    ...first("playedAtMs", a.playedAtMs, b.playedAtMs),
  };
}

function first(name: keyof ReceiptRow, a = Infinity, b = Infinity): ReceiptRow {
  const earlier = Math.min(a, b);
  return earlier === Infinity ? {} : { [name]: earlier };
}

function latest({ deliveredAtMs = 0, readAtMs = 0, playedAtMs = 0 }: ReceiptRow): number {
  return Math.max(deliveredAtMs, readAtMs, playedAtMs);
}

function isEqual(a: ReceiptRow, b: ReceiptRow): boolean {
  return (
    a.deliveredAtMs === b.deliveredAtMs &&
    a.readAtMs === b.readAtMs &&
    a.playedAtMs === b.playedAtMs
  );
}
