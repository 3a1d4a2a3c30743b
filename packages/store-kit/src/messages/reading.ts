import type { WAMessageKey, proto } from "@whiskeysockets/baileys";
import { type Address, type AddressBook, address, formsOf, isUserJid } from "./address.ts";
import { type Codec, decodeBody } from "./codec.ts";
import { editedMessage } from "./edited-message.ts";
import {
  type MessageIdentity,
  type MessageOrigin,
  type MessageRow,
  type ReadRow,
  storedKey,
} from "./message-row.ts";
import type { MessageKind } from "./message-kind.ts";
import type { OwnIdentity } from "./own-identity.ts";

/** A message as `load` and `page` find it. */
export interface StoredMessage {
  /** The key as Baileys gave it, with its LID and PN forms. */
  readonly key: WAMessageKey;
  readonly message: proto.IMessage;
  /** Milliseconds since the epoch. */
  readonly sentAtMs: number;
  readonly origin: MessageOrigin;
  readonly kind: MessageKind;
  readonly edited: boolean;
  /** Of an own message, as Baileys counts: 1 pending, 2 sent, 3 delivered, 4 read, 5 played; 0 is not known. */
  readonly status: number;
}

/** What it takes to decrypt a vote on a poll, or an answer to an event. */
export interface PollSecrets {
  readonly secret: Uint8Array;
  /** Who made it, in every form known: votes are sealed with the form that the voter's phone knew. */
  readonly creator: readonly string[];
  readonly message: proto.IMessage;
}

export interface Reader {
  readonly me: OwnIdentity;
  readonly book: AddressBook | undefined;
  readonly codec: Codec<proto.IMessage>;
}

export type Asked = MessageIdentity & { readonly chatIsMe: boolean };

/** Which message a key asks for; `undefined` for one that names nothing. */
export function askedBy(key: WAMessageKey, { me, book }: Reader): Asked | undefined {
  const { id, remoteJid, remoteJidAlt, participant, participantAlt } = key;
  if (!id || !remoteJid) return undefined;
  const chat = address(remoteJid, remoteJidAlt, book);
  const chatIsMe = isUserJid(chat.jid) && me.isMe(chat.jid);
  // An event's answer names our event from the answerer's side, with `fromMe` unset (process-message.js
  // turns around the keys of reactions and votes only).
  const fromMe = !!key.fromMe || me.isMe(participant) || chatIsMe;
  const sender = !fromMe && participant ? address(participant, participantAlt, book) : undefined;
  return { id, fromMe, chat, sender, chatIsMe };
}

/** A row with something to read in it now, whoever may read it. */
export function isReadable<Row extends ReadRow>(
  row: Row | undefined,
  nowMs: number,
): row is Row & { readonly body: Uint8Array } {
  return row !== undefined && !row.erased && row.body !== undefined && nowMs < row.expiresAtMs;
}

/**
 * The message as it may be sent again: with its newest edit.
 *
 * @throws StoreKitError `STORE_KIT_BODY_UNREADABLE`.
 */
export function contentOf(
  { body, editBody }: Pick<ReadRow, "editBody"> & { readonly body: Uint8Array },
  { codec }: Pick<Reader, "codec">,
): proto.IMessage {
  const original = decodeBody(codec, body);
  return editBody === undefined ? original : editedMessage(original, decodeBody(codec, editBody));
}

/** @throws StoreKitError `STORE_KIT_BODY_UNREADABLE`. */
export function storedMessage(
  row: MessageRow & { readonly body: Uint8Array },
  reader: Reader,
): StoredMessage {
  const { editBody, origin, kind, sentAtMs, status } = row;
  return {
    key: storedKey(row) ?? keyOf(row),
    message: contentOf(row, reader),
    sentAtMs,
    origin,
    kind,
    edited: editBody !== undefined,
    status,
  };
}

export function pollSecretsOf(
  row: MessageRow,
  { message }: StoredMessage,
  { me, book }: Reader,
): PollSecrets | undefined {
  const secret = message.messageContextInfo?.messageSecret;
  if (!secret || secret.length === 0) return undefined;
  const author: Address = row.sender ?? row.chat;
  const creator = row.fromMe ? me.forms() : formsOf(address(author.jid, author.alt, book));
  return { secret, creator, message };
}

function keyOf({ id, fromMe, chat, sender }: MessageRow): WAMessageKey {
  return { id, fromMe, remoteJid: chat.jid, ...(sender && { participant: sender.jid }) };
}
