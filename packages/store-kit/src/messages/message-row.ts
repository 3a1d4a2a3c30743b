import type { SqliteRow } from "@motte/core/sqlite";
import { StoreKitError } from "../errors.ts";
import type { Address, AddressMatch } from "./address.ts";
import { matchAddress } from "./address.ts";
import type { MessageIdentity, MessageOrigin } from "./message-facts.ts";

/** What is known of one message. A row without a body waits for it, or marks a message that is gone. */
export interface MessageRow {
  readonly pk: number;
  readonly chat: Address;
  readonly sender: Address | undefined;
  readonly origin: MessageOrigin;
  readonly sentAtMs: number;
  /** Revoked or deleted: nothing brings the body back. */
  readonly erased: boolean;
  readonly expiresAtMs: number;
  readonly keyJson: string | undefined;
  readonly body: Uint8Array | undefined;
  readonly editedAtMs: number | undefined;
  readonly editBody: Uint8Array | undefined;
}

// Stored as the position. The later one knows more.
const ORIGINS: readonly MessageOrigin[] = ["inbound", "own", "sent"];

export function rowFrom(row: SqliteRow): MessageRow {
  const chatAlt = text(row["chat_alt"]);
  const sender = text(row["sender"]);
  const senderAlt = text(row["sender_alt"]);
  return {
    pk: Number(row["pk"]),
    chat: { jid: text(row["chat"]) ?? "", ...(chatAlt !== undefined && { alt: chatAlt }) },
    sender: sender
      ? { jid: sender, ...(senderAlt !== undefined && { alt: senderAlt }) }
      : undefined,
    origin: ORIGINS[Number(row["origin"])] ?? "inbound",
    sentAtMs: Number(row["ts"]),
    erased: Number(row["flags"]) !== 0,
    expiresAtMs: Number(row["expires_at"]),
    keyJson: text(row["key_ext"]),
    body: blob(row["body"]),
    editedAtMs: row["edit_ts"] === null ? undefined : Number(row["edit_ts"]),
    editBody: blob(row["edit_body"]),
  };
}

export function originRank(origin: MessageOrigin): number {
  return ORIGINS.indexOf(origin);
}

/** Whether a row of the same id and direction is the message meant. */
export function matchRow(row: MessageRow, about: MessageIdentity): AddressMatch {
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
export function chooseRow(
  rows: readonly MessageRow[],
  asked: MessageIdentity & { readonly chatIsMe: boolean },
  matchUnmappedLid: boolean,
): MessageRow | undefined {
  const same = rows.filter((row) => matchRow(row, asked) === "same");
  if (same.length > 0) return preferred(same, asked);
  if (!asked.fromMe || !matchUnmappedLid) return undefined;
  const direct = rows.filter(({ chat }) => isDirect(chat));
  const [only] = direct;
  if (only === undefined || direct.length > 1) return undefined;
  return asked.chatIsMe || matchRow(only, asked) === "unknown" ? only : undefined;
}

function preferred(rows: readonly MessageRow[], asked: MessageIdentity): MessageRow | undefined {
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

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function blob(value: unknown): Uint8Array | undefined {
  if (value === null) return undefined;
  if (value instanceof Uint8Array) return value;
  throw new StoreKitError("STORE_KIT_BODY_UNREADABLE", "A stored message is not bytes");
}
