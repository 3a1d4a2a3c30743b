import { Emitter, type Event } from "@motte/core/events";
import type { SeededRandom } from "@motte/core/random";
import { announceAppState } from "../news/app-state.ts";
import type { ServerContext } from "../context.ts";
import { MockServerError } from "../errors.ts";
import { Waiters } from "../waiters.ts";
import { proto } from "../wire/baileys.ts";
import type { Account } from "../world/account.ts";
import type { StoredPatch } from "../world/app-state.ts";
import {
  type AppStateCollection,
  type AppStateEntry,
  type ChatReference,
  type LabelOptions,
  type MessageReference,
  type QuickReplyOptions,
  entries,
  kindOf,
} from "./app-state-actions.ts";
import { LtHash, type LtHashSnapshot } from "./app-state-hash.ts";
import { SyncKeys } from "./app-state-keys.ts";
import {
  type PatchFlaw,
  type PlainMutation,
  openPatch,
  plainValue,
  sealPatch,
} from "./app-state-patch.ts";

/** A setting that was written, as the phone has decrypted it. */
export interface AppStateMutation extends PlainMutation {
  /** The collection it is in, like `regular_low`. */
  readonly collection: string;
  /** The device that wrote it: 0 is the phone itself. */
  readonly device: number;
  /** Milliseconds since the epoch, on the server's clock. */
  readonly at: number;
}

/** A patch of a client that is not as it should be. */
export interface AppStateFlaw {
  /** The collection the patch is for, like `regular_low`. */
  readonly collection: string;
  /** The version of the collection that the patch made. */
  readonly version: number;
  /** The device that wrote it. */
  readonly device: number;
  /** What is wrong with it. */
  readonly flaw: PatchFlaw;
}

/** How long to wait for a setting. */
export interface AppStateWaitOptions {
  /** @defaultValue `10_000` */
  readonly timeoutMs?: number;
}

/** How a new key comes to the clients. */
export interface RotateOptions {
  /** Whether linked clients are given the key now; one that is not may ask for it. @defaultValue `true` */
  readonly share?: boolean;
}

export interface PhoneAppStateParts {
  readonly account: Account;
  readonly seed: SeededRandom;
  readonly context: ServerContext;
  /** Sends a message to every linked client that has had its first sync. */
  readonly tellCompanions: (message: proto.IMessage) => Promise<void>;
}

/** @internal */
export interface PhoneAppStateSnapshot {
  readonly keys: readonly number[];
  readonly hashes: readonly (readonly [string, LtHashSnapshot])[];
  /** Each value encoded. */
  readonly mutations: readonly (Omit<AppStateMutation, "value"> & { readonly value: Buffer })[];
  readonly flaws: readonly AppStateFlaw[];
}

/**
 * The settings an account's devices share: chats archived, pinned and muted, contacts, labels, the name.
 *
 * The phone owns the keys, so it reads what clients write, checks every code, and can write itself, before a client
 * is linked or after.
 */
export class PhoneAppState {
  readonly #account: Account;
  readonly #context: ServerContext;
  readonly #tellCompanions: PhoneAppStateParts["tellCompanions"];
  readonly #keys: SyncKeys;
  readonly #hashes = new Map<string, LtHash>();
  readonly #current = new Map<string, AppStateMutation>();
  readonly #mutations: AppStateMutation[] = [];
  readonly #flaws: AppStateFlaw[] = [];
  readonly #emitter = new Emitter<AppStateMutation>();
  readonly #waiters: Waiters<AppStateMutation>;

  /** @internal */
  constructor({ account, seed, context, tellCompanions }: PhoneAppStateParts) {
    this.#account = account;
    this.#context = context;
    this.#tellCompanions = tellCompanions;
    this.#keys = new SyncKeys(seed, context.clock);
    this.#waiters = new Waiters(context.realClock);
    account.appState.onPatch((patch) => {
      if (patch.device !== 0) this.#read(patch);
    });
  }

  /** Everything written so far, by the phone and by clients, oldest first. */
  get mutations(): readonly AppStateMutation[] {
    return this.#mutations;
  }

  /** What was wrong with patches of clients. The real server does not see it; other devices of the account do. */
  get flaws(): readonly AppStateFlaw[] {
    return this.#flaws;
  }

  /** Each setting from now on. */
  get onMutation(): Event<AppStateMutation> {
    return this.#emitter.event;
  }

  /** What a setting holds now, like `get("archive", chatJid)?.archiveChatAction?.archived`. Numbers are plain numbers. */
  get(...index: readonly string[]): proto.ISyncActionValue | undefined {
    return this.#current.get(JSON.stringify(index))?.value;
  }

  /** Every setting there is, each as it was written last. */
  get entries(): readonly AppStateMutation[] {
    return [...this.#current.values()];
  }

  /** Resolves with the first setting written that suits, past or to come. Rejects with `MOCK_TIMED_OUT`. */
  async waitFor(
    predicate: (mutation: AppStateMutation) => boolean,
    { timeoutMs = 10_000 }: AppStateWaitOptions = {},
  ): Promise<AppStateMutation> {
    const known = this.#mutations.find(predicate);
    if (known !== undefined) return known;
    return this.#waiters.wait({
      matches: predicate,
      timeoutMs,
      timeoutError: () =>
        new MockServerError(
          "MOCK_TIMED_OUT",
          `No such setting was written within ${timeoutMs} ms (${this.#mutations.length} were in all)`,
        ),
    });
  }

  /** Writes settings, one patch for each collection they belong to, and tells the linked clients. */
  set(...written: readonly AppStateEntry[]): void {
    const timestamp = this.#context.clock.now();
    const byCollection = new Map<AppStateCollection, PlainMutation[]>();
    for (const entry of written) {
      const { collection, version } = kindOf(entry);
      const value = { timestamp, ...entry.value };
      const mutation = { operation: "set", index: entry.index, value, version } as const;
      byCollection.set(collection, [...(byCollection.get(collection) ?? []), mutation]);
    }
    for (const [collection, mutations] of byCollection) this.#write(collection, mutations);
  }

  /** Takes a setting away. Does nothing when there is none. */
  remove(...index: readonly string[]): void {
    const current = this.#current.get(JSON.stringify(index));
    if (current === undefined) return;
    const { version, collection } = current;
    const value = { timestamp: this.#context.clock.now() };
    this.#write(collection, [{ operation: "remove", index, value, version }]);
  }

  /** The name the account shows others. */
  setPushName(name: string): void {
    this.set(entries.pushName(name));
  }

  /** The language of the phone, like `en_GB`. */
  setLocale(locale: string): void {
    this.set(entries.locale(locale));
  }

  /** Whether a new message takes a chat out of the archive. */
  setUnarchiveChats(unarchive: boolean): void {
    this.set(entries.unarchiveChats(unarchive));
  }

  /** Saves somebody in the address book. */
  saveContact(who: ChatReference, name: string): void {
    this.set(entries.contact(who, name));
  }

  pin(chat: ChatReference, pinned = true): void {
    this.set(entries.pin(chat, pinned));
  }

  /** Until a time in milliseconds since the epoch; `-1` is for ever. */
  mute(chat: ChatReference, untilMs: number): void {
    this.set(entries.mute(chat, untilMs));
  }

  unmute(chat: ChatReference): void {
    this.set(entries.mute(chat, undefined));
  }

  archive(chat: ChatReference, archived = true): void {
    this.set(entries.archive(chat, archived, this.#nowSeconds()));
  }

  markChatAsRead(chat: ChatReference, read = true): void {
    this.set(entries.read(chat, read, this.#nowSeconds()));
  }

  deleteChat(chat: ChatReference): void {
    this.set(entries.deleteChat(chat, this.#nowSeconds()));
  }

  star(message: MessageReference, starred = true): void {
    this.set(entries.star(message, starred));
  }

  /** Makes or changes a label of a business account. */
  setLabel(id: string, label: LabelOptions): void {
    this.set(entries.label(id, label));
  }

  labelChat(id: string, chat: ChatReference, labeled = true): void {
    this.set(entries.labelChat(id, chat, labeled));
  }

  setQuickReply(id: string, reply: QuickReplyOptions): void {
    this.set(entries.quickReply(id, reply));
  }

  /** Makes a new sync key, which everything is encrypted with from now on. */
  async rotateKey({ share = true }: RotateOptions = {}): Promise<void> {
    this.#keys.rotate();
    if (share) await this.shareKeys();
  }

  /** Sends every sync key to the linked clients. */
  async shareKeys(): Promise<void> {
    await this.#tellCompanions(this.keyShare());
  }

  /** @internal The message that gives a companion every key. */
  keyShare(): proto.IMessage {
    return this.#keys.shareAll();
  }

  /** @internal The answer to a companion that has asked for keys. */
  keyShareFor(asked: proto.Message.IAppStateSyncKeyRequest): proto.IMessage {
    return this.#keys.shareAsked(asked.keyIds ?? []);
  }

  /** @internal */
  toSnapshot(): PhoneAppStateSnapshot {
    return {
      keys: this.#keys.toSnapshot(),
      hashes: [...this.#hashes].map(([collection, hash]) => [collection, hash.toSnapshot()]),
      mutations: this.#mutations.map(({ value, ...mutation }) => ({
        ...mutation,
        value: Buffer.from(proto.SyncActionValue.encode(value).finish()),
      })),
      flaws: this.#flaws,
    };
  }

  /** @internal */
  fromSnapshot({ keys, hashes, mutations, flaws }: PhoneAppStateSnapshot): void {
    this.#keys.fromSnapshot(keys);
    this.#hashes.clear();
    for (const [collection, hash] of hashes) this.#hashes.set(collection, LtHash.restore(hash));
    this.#current.clear();
    this.#mutations.length = 0;
    for (const { value, ...mutation } of mutations) {
      this.#keep({ ...mutation, value: plainValue(proto.SyncActionValue.decode(value)) });
    }
    this.#flaws.splice(0, this.#flaws.length, ...flaws);
  }

  /** @internal */
  close(error: Error): void {
    this.#waiters.close(error);
  }

  #write(collection: string, mutations: readonly PlainMutation[]): void {
    const { appState } = this.#account;
    const version = appState.version(collection) + 1;
    const place = { collection, version, hash: this.#hash(collection) };
    const tools = { key: this.#keys.newest, random: this.#context.random.for("content") };
    const bytes = sealPatch(mutations, place, tools);
    appState.append({ collection, version, bytes, device: 0 });
    for (const mutation of mutations) this.#record(mutation, collection, 0);
    announceAppState(this.#context, this.#account, collection);
  }

  #read({ collection, version, bytes, device }: StoredPatch): void {
    const place = { collection, version, hash: this.#hash(collection) };
    const { mutations, flaws } = openPatch(bytes, place, this.#keys);
    for (const flaw of flaws) {
      this.#flaws.push({ collection, version, device, flaw });
      this.#context.logger.warn({ collection, version, device, flaw }, "a flawed app state patch");
    }
    for (const mutation of mutations) this.#record(mutation, collection, device);
  }

  #record(mutation: PlainMutation, collection: string, device: number): void {
    const recorded = { ...mutation, collection, device, at: this.#context.clock.now() };
    this.#keep(recorded);
    this.#waiters.announce(recorded);
    this.#emitter.emit(recorded);
  }

  #keep(mutation: AppStateMutation): void {
    const key = JSON.stringify(mutation.index);
    // Deleted first, so that the order of the map is the order of writing.
    this.#current.delete(key);
    if (mutation.operation === "set") this.#current.set(key, mutation);
    this.#mutations.push(mutation);
  }

  #hash(collection: string): LtHash {
    const known = this.#hashes.get(collection);
    if (known !== undefined) return known;
    const hash = new LtHash();
    this.#hashes.set(collection, hash);
    return hash;
  }

  #nowSeconds(): number {
    return Math.floor(this.#context.clock.now() / 1000);
  }
}
