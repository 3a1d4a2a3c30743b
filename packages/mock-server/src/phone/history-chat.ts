import type { Clock } from "@motte/core/clock";
import { UsageError } from "@motte/core/errors";
import type { Random } from "@motte/core/random";
import { proto } from "../wire/baileys.ts";
import { type ChatReference, chatJid } from "./app-state-actions.ts";

/** Which part of the history carries a message. `on-demand` ones stay on the phone until a client asks for them. */
export type HistoryDepth = "recent" | "full" | "on-demand";

/** One old message. */
export interface HistoryMessageOptions {
  /** Either this or `content`. @defaultValue none */
  readonly text?: string;
  /** Either this or `text`. */
  readonly content?: proto.IMessage;
  /** @defaultValue the next one from the seed */
  readonly id?: string;
  /** The account wrote it. @defaultValue `false` */
  readonly fromMe?: boolean;
  /** Who wrote it, in a group. @defaultValue the other person of the chat */
  readonly sender?: ChatReference;
  /** The name its sender showed. @defaultValue none */
  readonly pushName?: string;
  /** Milliseconds since the epoch. @defaultValue now, on the server's clock */
  readonly at?: number;
  /** @defaultValue `"recent"` */
  readonly depth?: HistoryDepth;
}

/** What a client is told of a chat, beside its messages. */
export type HistoryChatOptions = Omit<proto.IConversation, "id" | "messages">;

export interface HistoryMessage {
  readonly depth: HistoryDepth;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly info: proto.IWebMessageInfo;
}

export interface HistoryChatParts {
  readonly who: ChatReference;
  readonly ids: Random;
  readonly clock: Clock;
}

/** @internal Details and messages encoded. */
export interface HistoryChatSnapshot {
  readonly jid: string;
  readonly details: Buffer;
  readonly messages: readonly (Omit<HistoryMessage, "info"> & { readonly info: Buffer })[];
}

/** A chat on the phone, with the messages that linked clients are given of it. */
export class HistoryChat {
  readonly jid: string;
  readonly #parts: HistoryChatParts;
  #details: HistoryChatOptions;
  #messages: HistoryMessage[] = [];

  /** @internal */
  constructor(parts: HistoryChatParts) {
    this.#parts = parts;
    this.jid = chatJid(parts.who);
    const lid = typeof parts.who === "string" ? undefined : parts.who.lid;
    this.#details = lid === undefined ? {} : { lidJid: lid, pnJid: this.jid };
  }

  /** Adds a message: a text of the other side, or whatever the options say. */
  message(message: string | HistoryMessageOptions): this {
    const { clock, ids } = this.#parts;
    const options = typeof message === "string" ? { text: message } : message;
    const { fromMe = false, at = clock.now(), depth = "recent", sender, pushName } = options;
    const { id = `3EB0${ids.bytes(9).toString("hex").toUpperCase()}` } = options;
    const participant = sender === undefined ? {} : { participant: chatJid(sender) };
    this.#messages.push({
      depth,
      at,
      info: {
        key: { remoteJid: this.jid, fromMe, id, ...participant },
        message: contentOf(options),
        messageTimestamp: Math.floor(at / 1000),
        ...participant,
        ...(pushName === undefined ? {} : { pushName }),
        ...(fromMe ? { status: proto.WebMessageInfo.Status.READ } : {}),
      },
    });
    return this;
  }

  /** @internal */
  describe(details: HistoryChatOptions): void {
    this.#details = { ...this.#details, ...details };
  }

  /** @internal */
  get details(): HistoryChatOptions {
    return this.#details;
  }

  /** @internal */
  toSnapshot(): HistoryChatSnapshot {
    const { jid } = this;
    return {
      jid,
      details: Buffer.from(proto.Conversation.encode({ ...this.#details, id: jid }).finish()),
      messages: this.#messages.map(({ info, ...message }) => ({
        ...message,
        info: Buffer.from(proto.WebMessageInfo.encode(info).finish()),
      })),
    };
  }

  /** @internal */
  fromSnapshot({ details, messages }: HistoryChatSnapshot): void {
    const { id: _jid, ...given }: proto.IConversation = proto.Conversation.toObject(
      proto.Conversation.decode(details),
    );
    this.#details = given;
    this.#messages = messages.map(({ info, ...message }) => ({
      ...message,
      info: proto.WebMessageInfo.decode(info),
    }));
  }

  /** @internal Newest first, as clients expect them. */
  newestFirst(): readonly HistoryMessage[] {
    // Reversed before the stable sort, so that of two of one moment the one added last comes first.
    return this.#messages.toReversed().toSorted((a, b) => b.at - a.at);
  }
}

function contentOf({ text, content }: HistoryMessageOptions): proto.IMessage {
  if (content !== undefined) return content;
  if (text !== undefined) return { conversation: text };
  throw new UsageError("USAGE_INVALID_OPTION", "A message of the history needs text or content");
}
