import type { WAMessageKey } from "@whiskeysockets/baileys";
import { type Address, type AddressMatch, matchAddress } from "./address.ts";
import type { MessageKind } from "./message-kind.ts";

/** Where a message came from: sent by this process, by any own device, or by somebody else. */
export type MessageOrigin = "sent" | "own" | "inbound";

/** The chat of own messages that came from a store which kept only ids. */
export const UNKNOWN_CHAT = "unknown@import";

/** Which message is meant. `sender` is set for somebody else's message in a group. */
export interface MessageIdentity {
  readonly id: string;
  readonly fromMe: boolean;
  readonly chat: Address;
  readonly sender: Address | undefined;
}

/** What of a row decides which message it is, and whether and as what it may be read. */
export interface ReadRow extends MessageIdentity {
  readonly origin: MessageOrigin;
  readonly sentAtMs: number;
  /** Revoked or deleted: nothing brings the body back. */
  readonly erased: boolean;
  readonly expiresAtMs: number;
  readonly body: Uint8Array | undefined;
  readonly editBody: Uint8Array | undefined;
  /** Who says that the message is revoked, and may only if an admin of the group. */
  readonly claims: readonly Address[];
}

/** What is known of one message. A row without a body waits for it, or marks a message that is gone. */
export interface MessageRow extends ReadRow {
  readonly kind: MessageKind;
  /** Baileys' status of an own message: 1 pending, 2 sent, 3 delivered, 4 read, 5 played; 0 is not known. */
  readonly status: number;
  readonly keyJson: string | undefined;
  readonly editedAtMs: number | undefined;
  /** Who said something about a message that has not come yet. Such rows are bounded per author. */
  readonly waitingFor: string | undefined;
}

// Stored as the position. The later one knows more.
export const ORIGINS: readonly MessageOrigin[] = ["inbound", "own", "sent"];

export function originRank(origin: MessageOrigin): number {
  return ORIGINS.indexOf(origin);
}

/** Whether a row of the same id and direction is the message meant. */
export function matchRow(row: MessageIdentity, about: MessageIdentity): AddressMatch {
  const chat = matchAddress(row.chat, about.chat);
  if (chat !== "same" || about.fromMe) return chat;
  // Only a key or an amendment of our own leaves the sender out; it then means whoever sent that id there.
  if (row.sender === undefined || about.sender === undefined) return "same";
  return matchAddress(row.sender, about.sender);
}

/**
 * The row a key asks for.
 *
 * Baileys asks with the address the receipt came from, which need not be the one the message went to
 * (messages-recv.js: handleReceipt). So an own message in a direct chat is also found when nothing links the
 * two forms, provided that it is the only own direct message of that id.
 */
export function chooseRow<Row extends ReadRow>(
  rows: readonly Row[],
  asked: MessageIdentity & { readonly chatIsMe: boolean },
  matchUnmappedLid: boolean,
): Row | undefined {
  const same = rows.filter((row) => matchRow(row, asked) === "same");
  if (same.length > 0) return preferred(same, asked);
  if (!asked.fromMe) return undefined;
  const direct = rows.filter(({ chat }) => isDirect(chat));
  const [only] = direct;
  if (only !== undefined && direct.length === 1 && matchUnmappedLid) {
    if (asked.chatIsMe || matchRow(only, asked) === "unknown") return only;
  }
  // Nothing better was ever known of these; what is known to have gone to another chat is not among them.
  return rows.length === 1 ? rows.find(({ chat }) => chat.jid === UNKNOWN_CHAT) : undefined;
}

/** The key as Baileys gave it. */
export function storedKey({ keyJson }: MessageRow): WAMessageKey | undefined {
  if (keyJson === undefined) return undefined;
  // Written by `factsOf` from a key, so it reads as one.
  const key: WAMessageKey = JSON.parse(keyJson);
  return key;
}

function preferred<Row extends ReadRow>(
  rows: readonly Row[],
  asked: MessageIdentity,
): Row | undefined {
  // Two rows can be one message under both forms: if it is gone under one, it is gone.
  return (
    rows.find((row) => row.erased) ??
    rows.find((row) => row.chat.jid === asked.chat.jid) ??
    rows.toSorted((a, b) => originRank(b.origin) - originRank(a.origin))[0]
  );
}

function isDirect({ jid }: Address): boolean {
  return jid.endsWith("@s.whatsapp.net") || jid.endsWith("@lid");
}
