import type { ChatStore } from "../chats/chat-store.ts";
import type { ContactStore } from "../chats/contact-store.ts";
import type { LabelStore } from "../chats/label-store.ts";
import type { PresenceStore } from "../chats/presence-store.ts";
import type { ReactionStore } from "../chats/reaction-store.ts";
import type { ReceiptStore } from "../chats/receipt-store.ts";
import type { GroupMetadataCache } from "../groups/group-metadata-cache.ts";
import type { StarStore } from "../chats/star-store.ts";
import type { Identities } from "../identities/identities.ts";
import type { MessageStore } from "../messages/message-store.ts";

/** The stores of one account that follow its events. Each may be left out. */
export interface StoreParts {
  readonly identities?: Pick<
    Identities,
    "ingest" | "setMe" | "lookUpIn" | "same" | "pnOf" | "resolveMany"
  >;
  readonly groups?: Pick<GroupMetadataCache, "ingest" | "fetchWith">;
  /** In SQLite or in Redis. */
  readonly messages?: Pick<MessageStore, "ingest" | "ingestHistory" | "instrumentSends" | "drain">;
  readonly chats?: Pick<ChatStore, "ingest">;
  readonly contacts?: Pick<ContactStore, "ingest" | "setBlocked">;
  readonly labels?: Pick<LabelStore, "ingest">;
  readonly receipts?: Pick<ReceiptStore, "ingest">;
  readonly reactions?: Pick<ReactionStore, "ingest">;
  readonly stars?: Pick<StarStore, "ingest">;
  readonly presence?: Pick<PresenceStore, "ingest">;
}

export const PART_NAMES: readonly (keyof StoreParts)[] = [
  "identities",
  "groups",
  "messages",
  "chats",
  "contacts",
  "labels",
  "receipts",
  "reactions",
  "stars",
  "presence",
];
