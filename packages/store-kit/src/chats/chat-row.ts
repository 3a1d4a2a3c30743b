import type { ChatUpdate } from "@whiskeysockets/baileys";
import { wholeNumber } from "../messages/message-content.ts";

/** What is kept of a chat. Times as Baileys has them; those of pinning and muting come in either unit. */
export interface ChatRow {
  /** How the chat was addressed last. */
  readonly jid: string;
  readonly name?: string;
  readonly description?: string;
  readonly archived?: boolean;
  readonly pinnedAt?: number;
  /** Less than zero: for good. */
  readonly mutedUntilMs?: number;
  readonly readOnly?: boolean;
  readonly locked?: boolean;
  readonly ephemeralSeconds?: number;
  readonly markedUnread?: boolean;
  readonly lastAt: number;
  /** What was sent up to here has been read. */
  readonly readTo: number;
  /** So many more were unread at that time, says the history. */
  readonly history?: { readonly unread: number; readonly at: number };
  /** The chat was deleted when this was its last message. */
  readonly deletedTo?: number;
}

export function emptyChat(jid: string): ChatRow {
  return { jid, lastAt: 0, readTo: 0 };
}

/** Everything an update says but the unread count, which says different things at different times. */
export function withUpdate(row: ChatRow, update: ChatUpdate): ChatRow {
  return { ...row, ...without(row, update), lastAt: Math.max(row.lastAt, sentAt(update)) };
}

/** What the history knows and we do not: it is older than whatever was heard live. */
export function withHistory(row: ChatRow, chat: ChatUpdate): ChatRow {
  const at = sentAt(chat);
  const unread = wholeNumber(chat.unreadCount) ?? 0;
  const told = { ...emptyChat(row.jid), ...without(emptyChat(row.jid), chat) };
  // `unreadCount: -1` is WhatsApp's mark on a chat that was read.
  const isNews = at > (row.history?.at ?? -1);
  const isMarked = (chat.markedAsUnread === true || unread < 0) && isNews && at >= row.readTo;
  return {
    ...told,
    ...(isMarked && { markedUnread: true }),
    ...row,
    lastAt: Math.max(row.lastAt, at),
    ...(isNews && { history: { unread: Math.max(unread, 0), at } }),
  };
}

/** Two rows of one chat, which was met by its number and by its LID. */
export function joinChats(a: ChatRow, b: ChatRow | undefined): ChatRow {
  if (b === undefined) return a;
  const [older, newer] = a.lastAt <= b.lastAt ? [a, b] : [b, a];
  const history = [a.history, b.history]
    .filter((one) => one !== undefined)
    .toSorted((one, other) => other.at - one.at)[0];
  return {
    ...older,
    ...newer,
    readTo: Math.max(a.readTo, b.readTo),
    ...(history && { history }),
    ...(a.markedUnread || b.markedUnread ? { markedUnread: true } : {}),
  };
}

/** A deleted chat without anything since. */
export function isDeleted(row: ChatRow): boolean {
  return row.deletedTo !== undefined && row.lastAt <= row.deletedTo;
}

export function isSameChat(a: ChatRow, b: ChatRow): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

export function sentAt({ conversationTimestamp, lastMsgTimestamp }: ChatUpdate): number {
  return wholeNumber(conversationTimestamp) ?? wholeNumber(lastMsgTimestamp) ?? 0;
}

/** The fields an update sets. `undefined` says nothing, `null` and zero take a setting back. */
function without(row: ChatRow, update: ChatUpdate): Partial<ChatRow> {
  const { name, displayName, description, archived, pinned, muteEndTime, readOnly } = update;
  const { ephemeralExpiration } = update;
  const title = name ?? displayName ?? undefined;
  return {
    ...(title && { name: title }),
    ...(typeof description === "string" && { description }),
    ...(typeof archived === "boolean" && { archived }),
    ...(typeof readOnly === "boolean" && { readOnly }),
    ...number("pinnedAt", pinned),
    ...number("mutedUntilMs", isForGood(muteEndTime) ? FOR_GOOD : muteEndTime),
    ...number("ephemeralSeconds", ephemeralExpiration),
    jid: update.id ?? row.jid,
  };
}

/** When a chat was pinned, in ms since the epoch; `undefined` when it is not. */
export function pinnedAtMs({ pinnedAt }: ChatRow): number | undefined {
  return pinnedAt ? msOf(pinnedAt) : undefined;
}

/** Until when it is muted, in ms since the epoch; `Infinity` for good, `undefined` when it is not. */
export function mutedUntilMs({ mutedUntilMs: until }: ChatRow): number | undefined {
  if (!until) return undefined;
  return until < 0 ? Infinity : msOf(until);
}

const FOR_GOOD = -1;
// As seconds it is the year 5138, as milliseconds 1973.
const FIRST_MS = 100_000_000_000;

/** The history of a phone has seconds where the app state has milliseconds (Baileys chat-utils.js: `pinned`). */
function msOf(stamp: number): number {
  return stamp < FIRST_MS ? stamp * 1000 : stamp;
}

/** A phone mutes for good with -1, which the history has as the largest number of 64 bits. */
function isForGood(value: unknown): boolean {
  const isNumber = typeof value === "number" || (typeof value === "object" && value !== null);
  const until = wholeNumber(value);
  return isNumber && (until === undefined ? !Number.isNaN(value) : until < 0);
}

function number(name: keyof ChatRow, value: unknown): Partial<ChatRow> {
  if (value === undefined) return {};
  return { [name]: value === null ? 0 : (wholeNumber(value) ?? 0) };
}

function sorted(row: ChatRow): object {
  return Object.fromEntries(Object.entries(row).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
