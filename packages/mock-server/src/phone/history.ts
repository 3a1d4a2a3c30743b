import { integerOption } from "@motte/core/options";
import { UsageError } from "@motte/core/errors";
import type { SeededRandom } from "@motte/core/random";
import { SeededStream } from "../seed/seeded-stream.ts";
import type { ServerContext } from "../context.ts";
import { MockServerError } from "../errors.ts";
import { Waiters } from "../waiters.ts";
import { proto } from "../wire/baileys.ts";
import { type ChatReference, chatJid } from "./app-state-actions.ts";
import { HistoryChat, type HistoryChatOptions, type HistoryChatSnapshot } from "./history-chat.ts";
import { type HistoryTransport, packHistory } from "./history-packing.ts";
import {
  type HistoryPart,
  type HistorySyncKind,
  bootstrapParts,
  fullParts,
  onDemandPart,
  recentParts,
} from "./history-sync.ts";

/** What history a client is given. */
export interface HistoryOptions {
  /**
   * `inline` needs no download. A `file` is fetched by clients from WhatsApp's own media host, so they have to be
   * made to look here, as `server.baileysConfig()` does. @defaultValue `"inline"`
   */
  readonly transport?: HistoryTransport;
  /** Messages of each chat in the first part. @defaultValue `10` */
  readonly bootstrapMessages?: number;
  /** @defaultValue `1_000` */
  readonly messagesPerChunk?: number;
}

/** How long to wait for a request. */
export interface HistoryWaitOptions {
  /** @defaultValue `10_000` */
  readonly timeoutMs?: number;
}

/** What goes into a part of the history as it is. */
export type HistoryContent = Omit<proto.IHistorySync, "syncType" | "chunkOrder" | "progress">;

export interface PhoneHistoryParts {
  readonly seed: SeededRandom;
  readonly context: ServerContext;
}

/** Somebody the phone knows. */
export interface Acquaintance {
  readonly pn: string;
  readonly lid: string;
  readonly name: string;
}

/** @internal What is of a protobuf is encoded. */
export interface PhoneHistorySnapshot {
  readonly ids: number;
  readonly mediaKeys: number;
  readonly options: Required<HistoryOptions>;
  readonly chats: readonly HistoryChatSnapshot[];
  readonly included: readonly (readonly [HistorySyncKind, readonly Buffer[]])[];
  readonly statuses: readonly Buffer[];
  readonly unconfirmed: readonly string[];
}

/**
 * The chats a phone had before a client was linked to it. Each client that is linked from then on is given them at its
 * first login.
 */
export class PhoneHistory {
  readonly #context: ServerContext;
  readonly #ids: SeededStream;
  readonly #mediaKeys: SeededStream;
  readonly #chats = new Map<string, HistoryChat>();
  readonly #included = new Map<HistorySyncKind, HistoryContent[]>();
  #statuses: proto.IWebMessageInfo[] = [];
  /** Ids of the messages that carry a part no client has confirmed. */
  readonly #unconfirmed = new Set<string>();
  readonly #settled: Waiters<void>;
  #options: Required<HistoryOptions> = {
    transport: "inline",
    bootstrapMessages: 10,
    messagesPerChunk: 1_000,
  };

  /** @internal */
  constructor({ seed, context }: PhoneHistoryParts) {
    this.#context = context;
    this.#ids = new SeededStream(seed.fork("message-ids"));
    this.#mediaKeys = new SeededStream(seed.fork("media-keys"));
    this.#settled = new Waiters(context.realClock);
  }

  /** How the history travels. Throws a `UsageError`. */
  configure(options: HistoryOptions): void {
    const { transport, bootstrapMessages, messagesPerChunk } = { ...this.#options, ...options };
    if (transport !== "inline" && transport !== "file") {
      throw new UsageError("USAGE_INVALID_OPTION", 'transport must be "inline" or "file"');
    }
    this.#options = {
      transport,
      bootstrapMessages: integerOption("bootstrapMessages", bootstrapMessages, { min: 0 }),
      messagesPerChunk: integerOption("messagesPerChunk", messagesPerChunk, { min: 1 }),
    };
  }

  /** A chat with a person, or with a JID; the same one gives the same chat. Details are added to those it has. */
  chat(who: ChatReference, details: HistoryChatOptions = {}): HistoryChat {
    const jid = chatJid(who);
    const chat = this.#chats.get(jid) ?? this.#newChat(who);
    this.#chats.set(jid, chat);
    chat.describe(details);
    return chat;
  }

  /** A status update of somebody, in the part `INITIAL_STATUS_V3`. */
  status(
    who: ChatReference,
    text: string,
    { at = this.#context.clock.now() }: { at?: number } = {},
  ): void {
    const participant = chatJid(who);
    const id = `3EB0${this.#ids.bytes(9).toString("hex").toUpperCase()}`;
    this.#statuses.push({
      key: { remoteJid: "status@broadcast", fromMe: false, id, participant },
      participant,
      message: { extendedTextMessage: { text } },
      messageTimestamp: Math.floor(at / 1000),
    });
  }

  /**
   * Puts something into a part of the history as it is: past participants and call logs into `NON_BLOCKING_DATA`,
   * global settings into `INITIAL_BOOTSTRAP`, names into `PUSH_NAME`. A kind that has no other content becomes a
   * part of its own.
   */
  include(kind: Exclude<HistorySyncKind, "ON_DEMAND">, content: HistoryContent): void {
    this.#included.set(kind, [...(this.#included.get(kind) ?? []), content]);
  }

  /**
   * Resolves when clients have confirmed all history they were given. Baileys does so before it looks at it
   * (messages-recv.js): its `messaging-history.set` comes later. Rejects with `MOCK_TIMED_OUT`.
   */
  async received({ timeoutMs = 10_000 }: HistoryWaitOptions = {}): Promise<void> {
    if (this.#unconfirmed.size === 0) return;
    await this.#settled.wait({
      matches: () => true,
      timeoutMs,
      timeoutError: () =>
        new MockServerError(
          "MOCK_TIMED_OUT",
          `No client confirmed ${this.#unconfirmed.size} parts of the history within ${timeoutMs} ms`,
        ),
    });
  }

  /** @internal What a companion is given at its first login, in order. */
  firstMessages(people: readonly Acquaintance[]): proto.IMessage[] {
    return this.#parts(people).map((part) => this.#pack(part));
  }

  /** @internal Messages older than the one a client names; nothing when the phone does not know the chat. */
  onDemand(
    request: proto.Message.PeerDataOperationRequestMessage.IHistorySyncOnDemandRequest,
    requestId: string,
  ): proto.IMessage[] {
    const chat = this.#chatFor(request.chatJid ?? "");
    if (chat === undefined) return [];
    const all = chat.newestFirst();
    const position = all.findIndex(({ info }) => info.key?.id === request.oldestMsgId);
    const before = Number(request.oldestMsgTimestampMs ?? 0);
    const older = position === -1 ? all.filter(({ at }) => at < before) : all.slice(position + 1);
    const asked = older.slice(0, request.onDemandMsgCount ?? 50);
    return [this.#pack(onDemandPart(chat, asked), requestId)];
  }

  /** @internal The message with this id, in whatever chat. */
  find(id: string): proto.IWebMessageInfo | undefined {
    for (const chat of this.#chats.values()) {
      const found = chat.newestFirst().find(({ info }) => info.key?.id === id);
      if (found !== undefined) return found.info;
    }
    return undefined;
  }

  /** @internal A message of the phone has gone out under this id. */
  onSent(id: string, message: proto.IMessage): void {
    if (message.protocolMessage?.historySyncNotification) this.#unconfirmed.add(id);
  }

  /** @internal A client has this part. Its file stays: Baileys confirms first and downloads then. */
  onConfirmed(id: string): void {
    if (this.#unconfirmed.delete(id) && this.#unconfirmed.size === 0) this.#settled.announce();
  }

  /** @internal */
  close(error: Error): void {
    this.#settled.close(error);
  }

  /** @internal */
  toSnapshot(): PhoneHistorySnapshot {
    return {
      ids: this.#ids.toSnapshot(),
      mediaKeys: this.#mediaKeys.toSnapshot(),
      options: this.#options,
      chats: [...this.#chats.values()].map((chat) => chat.toSnapshot()),
      included: [...this.#included].map(([kind, contents]) => [
        kind,
        contents.map((content) => encodedContent(kind, content)),
      ]),
      statuses: this.#statuses.map((info) =>
        Buffer.from(proto.WebMessageInfo.encode(info).finish()),
      ),
      unconfirmed: [...this.#unconfirmed],
    };
  }

  /** @internal A chat that is known already stays the same object. */
  fromSnapshot(snapshot: PhoneHistorySnapshot): void {
    this.#ids.fromSnapshot(snapshot.ids);
    this.#mediaKeys.fromSnapshot(snapshot.mediaKeys);
    this.#options = snapshot.options;
    const before = new Map(this.#chats);
    this.#chats.clear();
    for (const each of snapshot.chats) {
      const chat = before.get(each.jid) ?? this.#newChat(each.jid);
      chat.fromSnapshot(each);
      this.#chats.set(each.jid, chat);
    }
    this.#included.clear();
    for (const [kind, contents] of snapshot.included) {
      this.#included.set(kind, contents.map(decodedContent));
    }
    this.#statuses = snapshot.statuses.map((info) => proto.WebMessageInfo.decode(info));
    this.#unconfirmed.clear();
    for (const id of snapshot.unconfirmed) this.#unconfirmed.add(id);
  }

  #newChat(who: ChatReference): HistoryChat {
    return new HistoryChat({ who, ids: this.#ids, clock: this.#context.clock });
  }

  #parts(people: readonly Acquaintance[]): HistoryPart[] {
    const chats = [...this.#chats.values()];
    const mappings = people.map(({ pn, lid }) => ({ pnJid: pn, lidJid: lid }));
    const names = people.map(({ pn, name }) => ({ id: pn, pushname: name }));
    const statuses = this.#statuses;
    return [
      ...bootstrapParts(chats, this.#options, {
        ...this.#content("INITIAL_BOOTSTRAP"),
        phoneNumberToLidMappings: mappings,
      }),
      ...this.#single(
        "INITIAL_STATUS_V3",
        statuses.length === 0 ? {} : { statusV3Messages: statuses },
      ),
      ...this.#single("PUSH_NAME", { pushnames: names }),
      ...this.#single("NON_BLOCKING_DATA", {}),
      ...recentParts(chats, this.#options),
      ...fullParts(chats, this.#options),
    ];
  }

  /** A kind that has one part, or none when there is nothing to say. */
  #single(kind: HistorySyncKind, own: HistoryContent): HistoryPart[] {
    const content = merged([own, this.#content(kind)]);
    if (Object.keys(content).length === 0) return [];
    return [{ ...content, kind, chunkOrder: 1, progress: 100 }];
  }

  #content(kind: HistorySyncKind): HistoryContent {
    return merged(this.#included.get(kind) ?? []);
  }

  #pack(part: HistoryPart, requestId?: string): proto.IMessage {
    return packHistory(part, {
      transport: this.#options.transport,
      media: this.#context.media,
      newMediaKey: () => this.#mediaKeys.bytes(32),
      ...(requestId === undefined ? {} : { requestId }),
    });
  }

  /** A chat under whichever name the client knows its person by. */
  #chatFor(jid: string): HistoryChat | undefined {
    const account = this.#context.world.resolve(jid)?.account;
    return (
      this.#chats.get(jid) ??
      (account && (this.#chats.get(account.pn) ?? this.#chats.get(account.lid)))
    );
  }
}

function encodedContent(kind: HistorySyncKind, content: HistoryContent): Buffer {
  const syncType = proto.HistorySync.HistorySyncType[kind];
  return Buffer.from(proto.HistorySync.encode({ ...content, syncType }).finish());
}

/** Only what was set, so that it adds nothing to the part it goes into. */
function decodedContent(bytes: Buffer): HistoryContent {
  const { syncType: _kind, ...content }: proto.IHistorySync = proto.HistorySync.toObject(
    proto.HistorySync.decode(bytes),
  );
  return content;
}

/** Lists of several contents end to end; of anything else the last. */
function merged(contents: readonly HistoryContent[]): HistoryContent {
  const all: Record<string, unknown> = {};
  for (const content of contents) {
    for (const [name, value] of Object.entries(content)) {
      const before = all[name];
      all[name] = Array.isArray(before) && Array.isArray(value) ? [...before, ...value] : value;
    }
  }
  return all;
}
