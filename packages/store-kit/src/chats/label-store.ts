import type { BaileysEventMap } from "@whiskeysockets/baileys";
import type { Table } from "../tables/table.ts";
import { keyPrefix, partsOf, rowKey } from "./row-key.ts";
import { type ChatSideOptions, StoreBase, one } from "./store-base.ts";

export interface StoredLabel {
  readonly id: string;
  readonly name: string;
  /** One of WhatsApp's colours, by its number. */
  readonly color: number;
  /** Which of the labels it is that every business has to begin with. */
  readonly predefinedId?: string;
}

/** What carries a label: a chat, or one message of it. */
export interface LabelledItem {
  readonly jid: string;
  readonly messageId: string | undefined;
}

/** Which events tell of labels. */
export type LabelEvents = Partial<
  Pick<BaileysEventMap, "labels.edit" | "labels.association" | "chats.delete">
>;

/** The labels of a business account, and what carries them. */
export interface LabelStore {
  /** Takes in a flush of Baileys' events. Never throws. */
  ingest(events: LabelEvents): void;
  list(): readonly StoredLabel[];
  /** The labels of a chat, or of one of its messages. */
  of(jid: string, messageId?: string): readonly StoredLabel[];
  /** What carries a label. */
  labelled(labelId: string): readonly LabelledItem[];
  /** Takes every label off a chat and its messages. Says how many those were. */
  eraseUser(jid: string): Promise<number>;
}

interface AssociationRow {
  readonly jid: string;
}

/** Keeps labels in memory, or in the tables given. */
export function labelStore(options: ChatSideOptions): LabelStore {
  return new Labels(options);
}

class Labels implements LabelStore {
  readonly #base: StoreBase;
  readonly #labels: Table<StoredLabel>;
  // By chat, message (or "" for the chat itself) and label.
  readonly #associations: Table<AssociationRow>;

  constructor(options: ChatSideOptions) {
    const base = new StoreBase("labelStore", options);
    const { tables, max } = base;
    this.#base = base;
    this.#labels = tables.table({ name: "label", max, rankOf: () => 0 });
    this.#associations = tables.table({ name: "label_association", max, rankOf: () => 0 });
    base.followMerges(this.#associations, 0, (moved) => moved);
  }

  ingest(events: LabelEvents): void {
    const base = this.#base;
    base.flush(() => {
      base.each(one(events["labels.edit"]), (label) => this.#edit(label));
      base.each(one(events["labels.association"]), ({ association, type }) => {
        const { chatId, labelId } = association;
        const messageId = "messageId" in association ? association.messageId : "";
        const key = rowKey(base.identities.entity(chatId), messageId, labelId);
        if (type === "add") this.#associations.set(key, { jid: chatId });
        else this.#associations.delete(key);
      });
      base.each(events["chats.delete"], (jid) => {
        for (const { key } of this.#associations.list(keyPrefix(base.identities.entity(jid)))) {
          this.#associations.delete(key);
        }
      });
    });
  }

  list(): readonly StoredLabel[] {
    return this.#labels.list().map(({ row }) => row);
  }

  of(jid: string, messageId = ""): readonly StoredLabel[] {
    const prefix = keyPrefix(this.#base.identities.entity(jid), messageId);
    return this.#associations
      .list(prefix)
      .map(({ key }) => this.#labels.get(partsOf(key)[2] ?? ""))
      .filter((label) => label !== undefined);
  }

  labelled(labelId: string): readonly LabelledItem[] {
    // A label that is not known, or was deleted, labels nothing.
    if (this.#labels.get(labelId) === undefined) return [];
    return this.#associations
      .list()
      .filter(({ key }) => partsOf(key)[2] === labelId)
      .map(({ key, row }) => ({ jid: row.jid, messageId: partsOf(key)[1] || undefined }));
  }

  eraseUser(jid: string): Promise<number> {
    const entity = this.#base.identities.entity(jid);
    return this.#base.eraseNamedRows(this.#associations, entity);
  }

  #edit({ id, name, color, predefinedId, deleted }: BaileysEventMap["labels.edit"]): void {
    if (!deleted) {
      this.#labels.set(id, {
        id,
        name,
        color,
        ...(predefinedId !== undefined && { predefinedId }),
      });
      return;
    }
    this.#labels.delete(id);
    for (const { key } of this.#associations.list()) {
      if (partsOf(key)[2] === id) this.#associations.delete(key);
    }
  }
}
