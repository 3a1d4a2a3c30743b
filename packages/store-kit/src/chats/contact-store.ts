import type { BaileysEventMap, Contact, WAMessage } from "@whiskeysockets/baileys";
import { asEntity } from "../identities/entities.ts";
import type { EntityId } from "../identities/identities.ts";
import type { PageCursor, Table } from "../tables/table.ts";
import { type ChatSideOptions, StoreBase, one } from "./store-base.ts";

export interface StoredContact {
  readonly entity: EntityId;
  /** How Baileys named it last. */
  readonly jid: string;
  /** What our address book calls it. */
  readonly name?: string;
  /** What it calls itself. */
  readonly notify?: string;
  readonly verifiedName?: string;
  readonly username?: string;
  /** As Baileys has it: an URL, `"changed"`, or `"removed"`. */
  readonly imgUrl?: string;
  readonly status?: string;
}

/** Which events tell of contacts. */
export type ContactEvents = Partial<
  Pick<
    BaileysEventMap,
    | "messaging-history.set"
    | "contacts.upsert"
    | "contacts.update"
    | "messages.upsert"
    | "blocklist.set"
    | "blocklist.update"
  >
>;

/** Everybody an account has heard of, and whom it blocks. */
export interface ContactStore {
  /** Takes in a flush of Baileys' events. Never throws. */
  ingest(events: ContactEvents): void;
  get(jid: string): StoredContact | undefined;
  /** The contacts, those first that changed last. */
  page(options: { readonly limit: number; readonly after?: PageCursor }): {
    readonly contacts: readonly StoredContact[];
    readonly next: PageCursor | undefined;
  };
  isBlocked(jid: string): boolean;
  blocked(): readonly string[];
  /** Takes the whole list, as `sock.fetchBlocklist()` answers it: Baileys tells of changes only. */
  setBlocked(jids: readonly string[]): void;
  /** Deletes all that is kept of somebody, also that they are blocked. Says how many rows that were. */
  eraseUser(jid: string): Promise<number>;
}

type ContactFields = Omit<StoredContact, "entity" | "jid">;
interface ContactRow extends ContactFields {
  readonly jid: string;
  readonly changedAtMs: number;
}
interface BlockedRow {
  readonly jid: string;
}

const FIELDS = ["name", "notify", "verifiedName", "username", "imgUrl", "status"] as const;

/** Keeps contacts in memory, or in the tables given. */
export function contactStore(options: ChatSideOptions): ContactStore {
  return new Contacts(options);
}

class Contacts implements ContactStore {
  readonly #base: StoreBase;
  readonly #rows: Table<ContactRow>;
  readonly #blocked: Table<BlockedRow>;

  constructor(options: ChatSideOptions) {
    const base = new StoreBase("contactStore", options);
    const { tables, max } = base;
    this.#base = base;
    this.#rows = tables.table({ name: "contact", max, rankOf: (row) => row.changedAtMs });
    this.#blocked = tables.table({ name: "blocked", max, rankOf: () => 0 });
    base.followMerges(this.#rows, undefined, (moved, present) =>
      present === undefined || moved.changedAtMs > present.changedAtMs
        ? { ...present, ...moved }
        : { ...moved, ...present },
    );
    base.followMerges(this.#blocked, undefined, (moved, present) => present ?? moved);
  }

  ingest(events: ContactEvents): void {
    const base = this.#base;
    base.flush(() => {
      base.each(events["messaging-history.set"]?.contacts, (contact) =>
        this.#learn(contact, false),
      );
      base.each(events["contacts.upsert"], (contact) => this.#learn(contact, true));
      base.each(events["contacts.update"], (contact) => this.#learn(contact, true));
      base.each(events["messages.upsert"]?.messages, (message) =>
        this.#learn(author(message), true),
      );
      base.each(one(events["blocklist.set"]), ({ blocklist }) => this.setBlocked(blocklist));
      base.each(one(events["blocklist.update"]), ({ blocklist, type }) =>
        base.each(blocklist, (jid) => this.#block(jid, type === "add")),
      );
    });
  }

  get(jid: string): StoredContact | undefined {
    const entity = this.#base.identities.entity(jid);
    const row = this.#rows.get(entity);
    return row && shown(entity, row);
  }

  page({ limit, after }: { readonly limit: number; readonly after?: PageCursor }): {
    readonly contacts: readonly StoredContact[];
    readonly next: PageCursor | undefined;
  } {
    const entries = this.#rows.page({ limit, after });
    const last = entries.length < limit ? undefined : entries.at(-1);
    return {
      contacts: entries.map(({ key, row }) => shown(asEntity(key), row)),
      next: last && { rank: last.rank, key: last.key },
    };
  }

  isBlocked(jid: string): boolean {
    return this.#blocked.get(this.#base.identities.entity(jid)) !== undefined;
  }

  blocked(): readonly string[] {
    return this.#blocked.list().map(({ row }) => row.jid);
  }

  setBlocked(jids: readonly string[]): void {
    this.#base.tables.atomically(() => {
      for (const { key } of this.#blocked.list()) this.#blocked.delete(key);
      for (const jid of jids) this.#block(jid, true);
    });
  }

  async eraseUser(jid: string): Promise<number> {
    const entity = this.#base.identities.entity(jid);
    const blocked = await this.#base.eraseNamedRows(this.#blocked, entity);
    return blocked + (await this.#base.eraseNamedRows(this.#rows, entity));
  }

  #block(jid: string, isBlocked: boolean): void {
    const entity = this.#base.identities.entity(jid);
    if (isBlocked) this.#blocked.set(entity, { jid });
    else this.#blocked.delete(entity);
  }

  /** Takes what is said; nothing said leaves things as they are. Older word only fills what is empty. */
  #learn(contact: Partial<Contact>, isNews: boolean): void {
    if (!contact.id) return;
    const entity = this.#base.identities.entity(contact.id);
    const before = this.#rows.get(entity);
    const told = Object.fromEntries(
      FIELDS.map((field) => [field, contact[field]] as const).filter(
        ([field, value]) =>
          typeof value === "string" && value !== "" && (isNews || before?.[field] === undefined),
      ),
    );
    // The hottest path there is: each message names its sender again.
    const isKnown =
      before && Object.entries(told).every(([field, value]) => same(before, field, value));
    if (isKnown) return;
    const changedAtMs = Math.floor(this.#base.clock.now());
    this.#rows.set(entity, { ...before, ...told, jid: contact.id, changedAtMs });
  }
}

function same(row: ContactRow, field: string, value: unknown): boolean {
  return Object.entries(row).some(([name, known]) => name === field && known === value);
}

/** What a message says of who sent it. Baileys' event buffer can lose the update that says the same. */
function author({ key, pushName, verifiedBizName }: WAMessage): Partial<Contact> {
  // Baileys cleanMessage: in a direct chat the participant is "".
  const id = key.participant || key.remoteJid;
  if (key.fromMe || !id || (!pushName && !verifiedBizName)) return {};
  return {
    id,
    ...(pushName && { notify: pushName }),
    ...(verifiedBizName && { verifiedName: verifiedBizName }),
  };
}

function shown(entity: EntityId, row: ContactRow): StoredContact {
  const { changedAtMs: _, ...contact } = row;
  return { entity, ...contact };
}
