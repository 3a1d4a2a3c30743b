import { deserialize, serialize } from "node:v8";
import { UsageError } from "@motte/core/errors";
import type { BaileysEventMap, WAMessage } from "@whiskeysockets/baileys";
import { StoreKitError } from "../errors.ts";
import { isViewOnce } from "../messages/message-content.ts";
import { sentAtSeconds } from "./history-policy.ts";
import {
  type MessageWire,
  areEncodedMessages,
  decodeMessages,
  encodeMessages,
} from "./packed-messages.ts";
import { snapshot } from "./snapshot.ts";

export type History = Partial<BaileysEventMap["messaging-history.set"]>;

/** A part of the past that is taken in at once. */
export interface HistoryPart {
  readonly chats: NonNullable<History["chats"]>;
  readonly contacts: NonNullable<History["contacts"]>;
  readonly lidPnMappings: NonNullable<History["lidPnMappings"]>;
  readonly messages: readonly WAMessage[];
}

/** `deletion`: chats that were deleted while those before it waited. */
export type PackedKind = "people" | "messages" | "deletion";

/** A part of the past in as few bytes as it goes: messages of one chat, or people. */
export interface PackedPart {
  readonly kind: PackedKind;
  readonly elements: number;
  readonly chat: string;
  /** When the newest of its messages was sent, in seconds. */
  readonly newestAt: number;
  readonly data: Uint8Array;
}

export const EMPTY_PART: HistoryPart = { chats: [], contacts: [], lidPnMappings: [], messages: [] };

/** So few that dropping the oldest of a chat drops little more than it must. */
const MESSAGES_PER_PACK = 64;

export function elementsOf({ chats, contacts, lidPnMappings, messages }: HistoryPart): number {
  return chats.length + contacts.length + lidPnMappings.length + messages.length;
}

/** How messages are packed. */
export interface Packing {
  /** What is to be seen once is not written down while it waits. */
  readonly forDisk: boolean;
  /** Without it they take more bytes, and longer. */
  readonly wire: MessageWire | undefined;
}

/** Packs messages of any chats together, which takes the least. Before some of them can be dropped: `packMessages`. */
export function packMixed(messages: readonly WAMessage[], { wire }: Packing): PackedPart {
  const [kind, chat, newestAt] = ["messages", "", 0] as const;
  return { kind, elements: messages.length, chat, newestAt, data: packedMessages(messages, wire) };
}

/** Packs messages chat by chat, so that those of one chat can be dropped without the others'. */
export function packMessages(
  messages: readonly WAMessage[],
  { forDisk, wire }: Packing,
): PackedPart[] {
  const byChat = new Map<string, WAMessage[]>();
  for (const message of messages) {
    const chat = message?.key?.remoteJid ?? "";
    const kept = forDisk && isSeenOnce(message) ? { ...message, message: null } : message;
    const present = byChat.get(chat);
    if (present === undefined) byChat.set(chat, [kept]);
    else present.push(kept);
  }
  const packs: PackedPart[] = [];
  for (const [chat, all] of byChat) {
    for (let from = 0; from < all.length; from += MESSAGES_PER_PACK) {
      const some = all.slice(from, from + MESSAGES_PER_PACK);
      const newestAt = some.reduce((newest, one) => Math.max(newest, sentAtSeconds(one)), 0);
      const data = packedMessages(some, wire);
      packs.push({ kind: "messages", elements: some.length, chat, newestAt, data });
    }
  }
  return packs;
}

export function packPeople(part: HistoryPart): PackedPart {
  const [kind, chat, newestAt] = ["people", "", 0] as const;
  return { kind, elements: elementsOf(part), chat, newestAt, data: packed(part) };
}

/** That these chats were deleted, for the people that wait already. */
export function packDeletion(jids: readonly string[]): PackedPart {
  const data = packed({ ...EMPTY_PART, chats: jids.map((id) => ({ id })) });
  return { kind: "deletion", elements: 0, chat: "", newestAt: 0, data };
}

/**
 * What is damaged is reported once and taken as empty, or the rest would wait behind it for ever.
 *
 * @throws UsageError `USAGE_MISSING_PEER` when it takes Baileys to read it.
 */
export function readable(
  data: Uint8Array,
  wire: MessageWire | undefined,
  report: (error: unknown) => void,
): HistoryPart {
  const isEncoded = areEncodedMessages(data);
  if (isEncoded && wire === undefined) {
    const what = "Install @whiskeysockets/baileys: it packed the history that waits";
    throw new UsageError("USAGE_MISSING_PEER", what);
  }
  try {
    if (isEncoded && wire) return { ...EMPTY_PART, messages: decodeMessages(data, wire) };
    const part: HistoryPart = deserialize(data);
    return part;
  } catch (error) {
    const what = "A part of the history that waited is damaged, and is left out";
    report(new StoreKitError("STORE_KIT_BODY_UNREADABLE", what, { cause: error }));
    return EMPTY_PART;
  }
}

export function withoutChats(part: HistoryPart, isDeleted: (jid: string) => boolean): HistoryPart {
  if (part.chats.length === 0) return part;
  return { ...part, chats: part.chats.filter((chat) => !chat?.id || !isDeleted(chat.id)) };
}

/** Packs what is in a part, nothing if nothing is. */
export function packsOf(part: HistoryPart, packing: Packing): PackedPart[] {
  if (part.messages.length > 0) return packMessages(part.messages, packing);
  return elementsOf(part) > 0 ? [packPeople(part)] : [];
}

/** Without all that somebody said, and all that is said of who they are; the part itself if there is nothing. */
export function withoutUser(
  part: HistoryPart,
  isTheirs: (jid: string | null | undefined) => boolean,
): HistoryPart {
  const { chats, contacts, lidPnMappings, messages } = part;
  const rest = {
    chats: chats.filter((chat) => ![chat?.id, chat?.pnJid, chat?.lidJid].some(isTheirs)),
    contacts: contacts.filter((one) => ![one?.id, one?.lid, one?.phoneNumber].some(isTheirs)),
    lidPnMappings: lidPnMappings.filter((pair) => ![pair?.lid, pair?.pn].some(isTheirs)),
    messages: messages.filter(({ key }) => {
      const { remoteJid, remoteJidAlt, participant, participantAlt } = key ?? {};
      return ![remoteJid, remoteJidAlt, participant, participantAlt].some(isTheirs);
    }),
  };
  return elementsOf(rest) === elementsOf(part) ? part : rest;
}

function packedMessages(messages: readonly WAMessage[], wire: MessageWire | undefined): Uint8Array {
  const encoded = wire && encodeMessages(messages, wire);
  return encoded ?? packed({ ...EMPTY_PART, messages });
}

function packed(part: HistoryPart): Uint8Array {
  return serialize(snapshot(part));
}

function isSeenOnce({ key, message }: WAMessage): boolean {
  return !!key?.isViewOnce || (!!message && isViewOnce(message));
}
