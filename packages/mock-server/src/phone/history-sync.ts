import { proto } from "../wire/baileys.ts";
import type { HistoryChat, HistoryMessage } from "./history-chat.ts";

/** The parts of a history sync, by their names in the protocol, like `RECENT`. */
export type HistorySyncKind = keyof typeof proto.HistorySync.HistorySyncType;

/** How much of the history goes into one message. */
export interface HistorySizes {
  /** Messages of each chat that come at once, in the first part. */
  readonly bootstrapMessages: number;
  readonly messagesPerChunk: number;
}

// A stanza must stay under 16 MB; this leaves room, and is about what phones send.
const MAX_CHUNK_BYTES = 1024 * 1024;

/** A part of the history, before it is packed. */
export interface HistoryPart extends Omit<
  proto.IHistorySync,
  "syncType" | "chunkOrder" | "progress"
> {
  readonly kind: HistorySyncKind;
  /** From 1. */
  readonly chunkOrder: number;
  /** Per cent, of its kind. */
  readonly progress: number;
}

type Unnumbered = Omit<HistoryPart, "kind" | "chunkOrder" | "progress">;

/** The newest messages of every chat, which a client shows first. */
export function bootstrapParts(
  chats: readonly HistoryChat[],
  sizes: HistorySizes,
  extra: Unnumbered,
): HistoryPart[] {
  const slices = chats.map((chat) => ({
    chat,
    messages: ofDepth(chat, "recent").slice(0, sizes.bootstrapMessages),
  }));
  const [first = [], ...rest] = chunked(slices, sizes);
  return numbered("INITIAL_BOOTSTRAP", [{ conversations: first, ...extra }, ...asParts(rest)]);
}

/** The rest of the ordinary history. Always at least one part: the last one ends the client's waiting. */
export function recentParts(chats: readonly HistoryChat[], sizes: HistorySizes): HistoryPart[] {
  const slices = chats.map((chat) => ({
    chat,
    messages: ofDepth(chat, "recent").slice(sizes.bootstrapMessages),
  }));
  const chunks = chunked(slices.filter(hasMessages), sizes);
  return numbered("RECENT", chunks.length === 0 ? [{}] : asParts(chunks));
}

/** What only clients that want everything take. */
export function fullParts(chats: readonly HistoryChat[], sizes: HistorySizes): HistoryPart[] {
  const slices = chats.map((chat) => ({ chat, messages: ofDepth(chat, "full") }));
  return numbered("FULL", asParts(chunked(slices.filter(hasMessages), sizes)));
}

/** Some messages of one chat, which a client has asked for. */
export function onDemandPart(chat: HistoryChat, messages: readonly HistoryMessage[]): HistoryPart {
  const conversations = [conversation(chat, messages)];
  return { kind: "ON_DEMAND", conversations, chunkOrder: 1, progress: 100 };
}

interface Slice {
  readonly chat: HistoryChat;
  readonly messages: readonly HistoryMessage[];
}

function ofDepth(chat: HistoryChat, depth: HistoryMessage["depth"]): readonly HistoryMessage[] {
  return chat.newestFirst().filter((message) => message.depth === depth);
}

function hasMessages({ messages }: Slice): boolean {
  return messages.length > 0;
}

/** Spreads chats over chunks, and long chats over several. */
function chunked(
  slices: readonly Slice[],
  { messagesPerChunk }: HistorySizes,
): proto.IConversation[][] {
  const chunks: proto.IConversation[][] = [];
  let chunk: proto.IConversation[] = [];
  let count = 0;
  let bytes = 0;
  const close = (): void => {
    if (chunk.length > 0) chunks.push(chunk);
    chunk = [];
    count = 0;
    bytes = 0;
  };
  for (const { chat, messages } of slices) {
    let taken: HistoryMessage[] = [];
    const put = (): void => void chunk.push(conversation(chat, taken));
    for (const message of messages) {
      const size = proto.WebMessageInfo.encode(message.info).finish().length;
      if (count === messagesPerChunk || (count > 0 && bytes + size > MAX_CHUNK_BYTES)) {
        if (taken.length > 0) put();
        taken = [];
        close();
      }
      taken.push(message);
      count++;
      bytes += size;
    }
    if (taken.length > 0 || messages.length === 0) put();
  }
  close();
  return chunks;
}

function conversation(chat: HistoryChat, messages: readonly HistoryMessage[]): proto.IConversation {
  const newest = messages[0];
  return {
    id: chat.jid,
    ...(newest === undefined ? {} : { conversationTimestamp: Math.floor(newest.at / 1000) }),
    ...chat.details,
    messages: messages.map(({ info }, position) => ({
      message: info,
      msgOrderId: messages.length - position,
    })),
  };
}

function asParts(chunks: readonly proto.IConversation[][]): Unnumbered[] {
  return chunks.map((conversations) => ({ conversations }));
}

function numbered(kind: HistorySyncKind, parts: readonly Unnumbered[]): HistoryPart[] {
  return parts.map((part, index) => ({
    ...part,
    kind,
    chunkOrder: index + 1,
    progress: Math.floor(((index + 1) / parts.length) * 100),
  }));
}
