import type { SqliteRow, SqliteValue } from "@motte/core/sqlite";
import { StoreKitError } from "../errors.ts";
import type { Statements } from "../sqlite/statements.ts";
import type { Address } from "./address.ts";
import { MESSAGE_KINDS, type MessageKind } from "./message-kind.ts";
import {
  type MessageIdentity,
  type MessageRow,
  ORIGINS,
  type ReadRow,
  originRank,
} from "./message-row.ts";

/** A row that is in the table. */
export interface StoredRow extends MessageRow {
  readonly pk: number;
}

/** The columns of a row, in the order of `recordOf`. */
export const COLUMNS =
  "id, from_me, chat, chat_alt, sender, sender_alt, origin, kind, ts, flags, expires_at, status, key_ext, body, edit_ts, edit_body, claims, waiting";

export function recordOf(row: MessageRow): SqliteValue[] {
  return [
    row.id,
    Number(row.fromMe),
    row.chat.jid,
    row.chat.alt ?? null,
    row.sender?.jid ?? "",
    row.sender?.alt ?? null,
    originRank(row.origin),
    kindNumber(row.kind),
    row.sentAtMs,
    Number(row.erased),
    row.expiresAtMs,
    row.status,
    row.keyJson ?? null,
    row.body ?? null,
    row.editedAtMs ?? null,
    row.editBody ?? null,
    claimsJson(row),
    row.waitingFor ?? null,
  ];
}

/**
 * The columns of a row that `isPlain`, in the order in which `pushPlainRecord` adds them behind the account. Each one that
 * is named takes time.
 */
export const PLAIN_RECORD =
  "id, from_me, chat, chat_alt, sender, sender_alt, origin, kind, ts, expires_at, status, key_ext, body";

/** Whether nothing is known of a message but itself. */
export function isPlain({ erased, editBody, editedAtMs, claims, waitingFor }: MessageRow): boolean {
  return (
    !erased &&
    editBody === undefined &&
    editedAtMs === undefined &&
    claims.length === 0 &&
    waitingFor === undefined
  );
}

/** Adds what one row is written from: joining lists of them would take a tenth of the time that writing does. */
export function pushPlainRecord(values: SqliteValue[], account: number, row: MessageRow): void {
  values.push(
    account,
    row.id,
    Number(row.fromMe),
    row.chat.jid,
    row.chat.alt ?? null,
    row.sender?.jid ?? "",
    row.sender?.alt ?? null,
    originRank(row.origin),
    kindNumber(row.kind),
    row.sentAtMs,
    row.expiresAtMs,
    row.status,
    row.keyJson ?? null,
    row.body ?? null,
  );
}

/** A row in the table, as far as `getMessage` needs it. */
export interface StoredReadRow extends ReadRow {
  readonly pk: number;
}

/** A message that may be read as it is by whoever names it rightly. */
export type PlainRow = MessageIdentity & {
  readonly body: Uint8Array;
  readonly editBody: undefined;
};

/** The columns of `readRowFrom`: most of what a read costs is the number of columns. */
export const READ_COLUMNS =
  "pk, chat, chat_alt, sender, sender_alt, origin, ts, flags, expires_at, body, edit_body, claims";

export function readRowFrom(id: string, fromMe: boolean, record: SqliteRow): StoredReadRow {
  const sender = text(record["sender"]);
  const claims = text(record["claims"]);
  return {
    pk: Number(record["pk"]),
    id,
    fromMe,
    chat: addressFrom(text(record["chat"]) ?? "", text(record["chat_alt"])),
    sender: sender ? addressFrom(sender, text(record["sender_alt"])) : undefined,
    origin: ORIGINS[Number(record["origin"])] ?? "inbound",
    sentAtMs: Number(record["ts"]),
    erased: record["flags"] !== 0,
    expiresAtMs: Number(record["expires_at"]),
    body: blob(record["body"]),
    editBody: blob(record["edit_body"]),
    claims: claims === undefined ? [] : claimsFrom(claims),
  };
}

/**
 * The columns of `plainRowFrom`. The body is there only if nothing but the address decides whether it may be read:
 * no edit, no revoke by anybody, not expired, and nothing erased in this account.
 */
export const PLAIN_COLUMNS = `chat, chat_alt, sender, sender_alt,
   CASE WHEN flags = 0 AND expires_at > ? AND edit_body IS NULL AND claims IS NULL
     AND NOT EXISTS (SELECT 1 FROM erased_chat WHERE erased_chat.acct = message.acct) THEN body END AS body`;

export function plainRowFrom(id: string, fromMe: boolean, record: SqliteRow): PlainRow | undefined {
  const body = blob(record["body"]);
  if (body === undefined) return undefined;
  const sender = text(record["sender"]);
  return {
    id,
    fromMe,
    chat: addressFrom(text(record["chat"]) ?? "", text(record["chat_alt"])),
    sender: sender ? addressFrom(sender, text(record["sender_alt"])) : undefined,
    body,
    editBody: undefined,
  };
}

export function rowFrom(record: SqliteRow): StoredRow {
  const sender = text(record["sender"]);
  const claims = text(record["claims"]);
  return {
    pk: Number(record["pk"]),
    id: text(record["id"]) ?? "",
    fromMe: record["from_me"] === 1,
    chat: addressFrom(text(record["chat"]) ?? "", text(record["chat_alt"])),
    sender: sender ? addressFrom(sender, text(record["sender_alt"])) : undefined,
    origin: ORIGINS[Number(record["origin"])] ?? "inbound",
    kind: MESSAGE_KINDS[Number(record["kind"])] ?? "other",
    sentAtMs: Number(record["ts"]),
    erased: Number(record["flags"]) !== 0,
    expiresAtMs: Number(record["expires_at"]),
    status: Number(record["status"]),
    keyJson: text(record["key_ext"]),
    body: blob(record["body"]),
    editedAtMs: record["edit_ts"] === null ? undefined : Number(record["edit_ts"]),
    editBody: blob(record["edit_body"]),
    claims: claims === undefined ? [] : claimsFrom(claims),
    waitingFor: text(record["waiting"]),
  };
}

/** Every row of an id in one direction, expired ones too. */
export function findRows(
  sql: Statements,
  account: number,
  { id, fromMe }: Pick<MessageRow, "id" | "fromMe">,
): readonly StoredRow[] {
  return sql(`SELECT pk, ${COLUMNS} FROM message WHERE acct = ? AND id = ? AND from_me = ?`)
    .all(account, id, Number(fromMe))
    .map(rowFrom);
}

export function claimsJson({ claims }: MessageRow): string | null {
  return claims.length === 0 ? null : JSON.stringify(claims);
}

export function kindNumber(kind: MessageKind): number {
  return MESSAGE_KINDS.indexOf(kind);
}

function addressFrom(jid: string, alt: string | undefined): Address {
  return alt === undefined ? { jid } : { jid, alt };
}

function claimsFrom(json: string): readonly Address[] {
  // Written by `recordOf`, so it reads as that.
  const claims: readonly Address[] = JSON.parse(json);
  return claims;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function blob(value: unknown): Uint8Array | undefined {
  if (value === null) return undefined;
  if (value instanceof Uint8Array) return value;
  throw new StoreKitError("STORE_KIT_BODY_UNREADABLE", "A stored message is not bytes");
}
