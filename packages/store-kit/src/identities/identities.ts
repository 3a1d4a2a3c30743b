import type { Event } from "@motte/core/events";
import type { BaileysEventMap, SignalKeyStore } from "@whiskeysockets/baileys";
import type { MeIdentity } from "../messages/own-identity.ts";

/** Where a pair was learned, strongest first: among facts of the same time the stronger one holds. */
export type IdentitySource =
  | "self"
  | "usync"
  | "stanza"
  | "linked-profile"
  | "app-state"
  | "group"
  | "history"
  | "receipt"
  | "import"
  | "auth-state";

/** One user's two forms. Any spelling will do: device, agent and hosted server are taken off. */
export interface IdentityPair {
  readonly lid: string;
  readonly pn: string;
}

/** That a pair belonged together at a moment. */
export interface IdentityFact extends IdentityPair {
  /** The server's time of what told it, in ms since the epoch; not when it arrived here. */
  readonly atMs: number;
  readonly source: IdentitySource;
}

/**
 * What became of a fact. `new`: neither form was bound. `refreshed`: the pair was bound already. `rebound`: a form
 * changed hands. `stale`: something newer is known. `rejected`: no LID with a PN, or one of them is our own and the
 * other is not.
 */
export type LearnOutcome = "new" | "refreshed" | "rebound" | "stale" | "rejected";

export type LearnReport = Readonly<Record<LearnOutcome, number>>;

/** One pair in the history of a form, active or past. */
export interface Binding extends IdentityPair {
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  readonly source: IdentitySource;
  readonly active: boolean;
}

/**
 * A person or a chat, whichever way it is addressed: stable, and equal for equal people.
 *
 * It reads as a JID, but compare and store it only: a number that changed hands has a suffix.
 */
export type EntityId = string & { readonly __brand: "entity" };

/** `merge`: rows of `from` belong to `to` now. `rebind`: a PN belongs to another LID; nothing moves. */
export type IdentityChange =
  | { readonly kind: "merge"; readonly from: EntityId; readonly to: EntityId }
  | { readonly kind: "rebind"; readonly pn: string; readonly from: string; readonly to: string };

/** Which events teach identities. */
export type IdentityEvents = Partial<
  Pick<
    BaileysEventMap,
    | "creds.update"
    | "lid-mapping.update"
    | "messaging-history.set"
    | "messages.upsert"
    | "chats.upsert"
    | "chats.update"
    | "contacts.upsert"
    | "contacts.update"
    | "groups.upsert"
    | "groups.update"
    | "group-participants.update"
    | "group.join-request"
    | "group.member-tag.update"
    | "call"
  >
>;

/** Where pairs can be looked up that no event told: the auth state's keys, and `signalRepository.lidMapping`. */
export interface IdentityLookup {
  readonly keys?: Pick<SignalKeyStore, "get">;
  /** Asked only with `network: true`, since it asks WhatsApp for what it does not know. */
  readonly lidMapping?: { getLIDForPN(pn: string): Promise<string | null> };
}

export interface ResolveOptions {
  readonly want: "pn" | "lid";
  /** Ask WhatsApp for the LID of a number that neither we nor the auth state know. @defaultValue `false` */
  readonly network?: boolean;
}

/**
 * LID and PN of every user met. The LID is the identity, the PN a dated attribute: numbers are changed and handed on.
 *
 * Facts may come in any order and any number of times; the answers end up the same. Answers never carry a device.
 */
export interface Identities {
  learn(fact: IdentityFact): LearnOutcome;
  learnMany(facts: Iterable<IdentityFact>): LearnReport;
  /** Learns what a flush of Baileys' events tells. Never throws; what it cannot read goes to `onError`. */
  ingest(events: IdentityEvents): void;
  /** Tells who we are; our own pair comes from nowhere else. */
  setMe(me: Partial<MeIdentity> | undefined): void;
  isMe(jid: string): boolean;

  /** The LID now bound to a PN; a LID answers itself. */
  lidOf(jid: string): string | undefined;
  /** The PN now bound to a LID; a PN answers itself. */
  pnOf(jid: string): string | undefined;
  /** Whether both name one person or chat, as far as known now. */
  same(a: string, b: string): boolean;
  /** Who is addressed by `jid` now. Two numbers' entities never become one; a number's joins its LID's when they meet. */
  entity(jid: string): EntityId;
  /** What a stored entity is called since a merge, itself if it never was part of one. */
  current(entity: EntityId): EntityId;
  /** The entity and those that were merged into it: where rows may be that have not been moved yet. */
  members(entity: EntityId): readonly EntityId[];
  /** The JIDs that reach an entity now: its LID and PN, or the chat itself. */
  aliases(entity: EntityId): readonly string[];
  /** Every pair known of a form, newest first, at most eight. */
  history(jid: string): readonly Binding[];
  /** Every fact kept, for `learnMany` elsewhere. */
  facts(): Iterable<IdentityFact>;

  /**
   * Forgets both forms of somebody, their entities and every pair that either was ever part of, others' history with
   * this number included. Says how many rows were changed. The auth state, which is only read, still has its pair.
   *
   * @throws StoreKitError `STORE_KIT_UNAVAILABLE`.
   */
  eraseUser(jid: string): Promise<number>;
  /** Looks further than memory from here on; `undefined` stops that. */
  lookUpIn(lookup: IdentityLookup | undefined): void;
  /** As `lidOf` and `pnOf`, then from the auth state, and learns it. Rejects when that cannot be read. */
  resolve(jid: string, options: ResolveOptions): Promise<string | undefined>;
  resolveMany(
    jids: readonly string[],
    options: ResolveOptions,
  ): Promise<ReadonlyMap<string, string>>;

  /** Merges and numbers that changed hands, told in the transaction that stores them. */
  readonly onChange: Event<IdentityChange>;
}
