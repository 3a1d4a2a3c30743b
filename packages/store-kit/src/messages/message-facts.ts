import type { WAMessage, WAMessageKey, proto } from "@whiskeysockets/baileys";
import { type Address, type AddressBook, address, isName, matchAddress } from "./address.ts";
import { type Codec, encodeBody } from "./codec.ts";
import {
  amendmentOf,
  expirationSeconds,
  innerMessage,
  isInternal,
  isViewOnce,
  mergedEditOf,
  wholeNumber,
} from "./message-content.ts";
import { type MessageKind, kindOf } from "./message-kind.ts";
import type { MessageIdentity, MessageOrigin } from "./message-row.ts";
import type { OwnIdentity } from "./own-identity.ts";
import type { PrivacyOptions } from "./privacy.ts";
import { type Retention, expiresAt } from "./retention.ts";

// proto.WebMessageInfo.Status.PLAYED
const HIGHEST_STATUS = 5;

/** What is kept of a message. */
export type KeepPolicy = "body" | "none";

/** One thing learned about one message. Facts commute: the store ends the same in whatever order they come. */
export type MessageFact = { readonly about: MessageIdentity; readonly atMs: number } & (
  | {
      readonly kind: "body";
      readonly origin: MessageOrigin;
      readonly messageKind: MessageKind;
      readonly expiresAtMs: number;
      readonly keyJson: string;
      readonly body: Uint8Array;
      readonly status: number;
    }
  /** `mayWait`: keep it when the message is not known yet. */
  | { readonly kind: "edit"; readonly body: Uint8Array; readonly mayWait: boolean }
  /** Revoked by its author, or deleted by us. */
  | { readonly kind: "erase" }
  /** Revoked by somebody who may do so only as an admin of the group. */
  | { readonly kind: "claim"; readonly by: Address }
  | { readonly kind: "status"; readonly status: number }
);

export interface FactContext {
  readonly codec: Codec<proto.IMessage>;
  readonly me: OwnIdentity;
  readonly book: AddressBook | undefined;
  readonly retention: Retention;
  readonly privacy: Required<PrivacyOptions>;
  readonly keep: (message: WAMessage, origin: MessageOrigin) => KeepPolicy;
  readonly nowMs: number;
}

/** Reads every fact out of a message and encodes it now, since Baileys goes on changing its objects. */
export function factsOf(
  message: WAMessage,
  origin: MessageOrigin,
  context: FactContext,
): readonly MessageFact[] {
  const { key, message: content } = message;
  const identity = identityOf(key, origin, context);
  if (!content || identity === undefined) return [];
  const amendments = amendmentFacts(message, content, identity, origin, context);
  const body = bodyFact(message, content, identity, origin, context);
  return body === undefined ? amendments : [...amendments, body];
}

/** Whom a key names, from the account's own point of view; `undefined` for a key that names nothing. */
export function identityOf(
  key: WAMessageKey,
  origin: MessageOrigin,
  { me, book }: Pick<FactContext, "me" | "book">,
): MessageIdentity | undefined {
  const { id, remoteJid, remoteJidAlt, participant, participantAlt } = key;
  if (!id || !isName(id) || !remoteJid) return undefined;
  const fromMe = origin !== "inbound";
  const alt = isPeersAlt(remoteJidAlt, origin, me) ? remoteJidAlt : undefined;
  const chat = address(remoteJid, alt, book);
  const sender = !fromMe && participant ? address(participant, participantAlt, book) : undefined;
  return { id, fromMe, chat, sender };
}

// Baileys decode-wa-message.js sets remoteJidAlt to the *sender's* other form. For a message of another device
// of ours that can be our own JID next to the peer's, so it counts only when it is certainly not ours.
function isPeersAlt(
  alt: string | null | undefined,
  origin: MessageOrigin,
  me: OwnIdentity,
): alt is string {
  if (!alt) return false;
  return origin === "own" ? me.isOther(alt) : !me.isMe(alt);
}

function bodyFact(
  message: WAMessage,
  content: proto.IMessage,
  about: MessageIdentity,
  origin: MessageOrigin,
  context: FactContext,
): MessageFact | undefined {
  const { codec, keep, nowMs, privacy, retention } = context;
  if (isInternal(content)) return undefined;
  const isSeenOnce = isViewOnce(content) || !!message.key.isViewOnce;
  if (isSeenOnce && privacy.viewOnce === "skip") return undefined;
  const disappearsAfterSeconds = disappearsAfter(message, content);
  if (disappearsAfterSeconds !== undefined && privacy.ephemeral === "skip") return undefined;
  const edited = mergedEditOf(content);
  // Baileys' event buffer lets any group member's edit replace a buffered message of somebody else's.
  if (edited !== undefined && !about.fromMe) return undefined;
  if (keep(message, origin) !== "body") return undefined;
  const body = encodeBody(codec, edited ?? content);
  if (body === undefined) return undefined;

  const atMs = sentAt(message.messageTimestamp, nowMs);
  const messageKind = kindOf(edited ?? content, about.chat.jid);
  const expiresAtMs = expiresAt(retention, {
    kind: messageKind,
    sentAtMs: atMs,
    disappearsAfterSeconds,
    // Only history has it; nothing disappears later because it is said to have begun later.
    disappearingSinceMs: message.ephemeralStartTimestamp
      ? sentAt(message.ephemeralStartTimestamp, nowMs)
      : atMs,
  });
  // Baileys' own class of keys would first copy itself, without what it has no field for.
  const keyJson = JSON.stringify({ ...message.key });
  const status = about.fromMe ? statusOf(message.status) : 0;
  return { kind: "body", about, origin, messageKind, atMs, expiresAtMs, keyJson, body, status };
}

function amendmentFacts(
  message: WAMessage,
  content: proto.IMessage,
  carrier: MessageIdentity,
  origin: MessageOrigin,
  context: FactContext,
): readonly MessageFact[] {
  const amendment = amendmentOf(content);
  if (amendment === undefined) return [];
  const { codec, keep, nowMs } = context;
  const { target } = amendment;
  const atMs = sentAt(message.messageTimestamp, nowMs);
  const about = targetOf(target, carrier, context);
  if (amendment.kind === "revoke") {
    const claim = adminsTarget(target, carrier, context);
    const { sender } = carrier;
    if (claim === undefined || sender === undefined) {
      return about === undefined ? [] : [{ kind: "erase", about, atMs }];
    }
    const facts: MessageFact[] = [{ kind: "claim", about: claim, by: sender, atMs }];
    const isAuthorUnknown =
      claim.sender !== undefined && matchAddress(claim.sender, sender) === "unknown";
    if (about !== undefined && isAuthorUnknown) facts.push({ kind: "erase", about, atMs });
    return facts;
  }
  // Only the author may edit, and an edit can only be of the author's own message.
  if (about === undefined || about.fromMe !== carrier.fromMe) return [];
  const edited = innerMessage(amendment.content);
  const body = encodeBody(codec, edited);
  if (body === undefined) return [];
  const mayWait = about.fromMe || keep({ ...message, message: edited }, origin) === "body";
  return [{ kind: "edit", about, atMs: amendment.editedAtMs ?? atMs, body, mayWait }];
}

/**
 * The message an amendment is about. Its author is the author of the carrier, whatever the carrier claims, so a
 * stranger's revoke or edit can only ever reach the stranger's own messages. The exception is an own device
 * revoking somebody else's message, which WhatsApp lets a group admin do.
 */
function targetOf(
  target: proto.IMessageKey,
  carrier: MessageIdentity,
  { me, book }: FactContext,
): MessageIdentity | undefined {
  const { id, fromMe, participant } = target;
  if (!id || !isName(id)) return undefined;
  // Baileys always names the author in a group; without one there is nobody to hold the carrier to.
  if (!carrier.fromMe && carrier.sender === undefined && hasManyAuthors(carrier.chat.jid)) {
    return undefined;
  }
  const isOwn = fromMe !== false && !(participant && me.isOther(participant));
  if (!carrier.fromMe || isOwn) return { ...carrier, id };
  const sender = participant ? address(participant, undefined, book) : undefined;
  return { ...carrier, id, fromMe: false, sender };
}

/** The message of somebody else's that a group member revokes, which only an admin may. */
function adminsTarget(
  { id, fromMe, participant }: proto.IMessageKey,
  carrier: MessageIdentity,
  { me, book }: FactContext,
): MessageIdentity | undefined {
  if (carrier.fromMe || carrier.sender === undefined || !carrier.chat.jid.endsWith("@g.us")) {
    return undefined;
  }
  if (!id || !isName(id) || fromMe === true || !participant) return undefined;
  const author = address(participant, undefined, book);
  if (matchAddress(author, carrier.sender) === "same") return undefined;
  const isOurs = me.isMe(participant);
  return { id, chat: carrier.chat, fromMe: isOurs, sender: isOurs ? undefined : author };
}

function hasManyAuthors(chat: string): boolean {
  return chat.endsWith("@g.us") || chat.endsWith("@broadcast");
}

/** A status of Baileys', or 0, which Baileys says of a failure: that is no step back from what was reached. */
export function statusOf(status: unknown): number {
  const number = wholeNumber(status) ?? 0;
  return number > 0 && number <= HIGHEST_STATUS ? number : 0;
}

/** When something happened; a time in the future counts as now, so that nothing outlives its limit. */
function sentAt(stamp: unknown, nowMs: number): number {
  const stampSeconds = wholeNumber(stamp);
  return stampSeconds === undefined || stampSeconds <= 0
    ? nowMs
    : Math.min(stampSeconds * 1000, nowMs);
}

function disappearsAfter(message: WAMessage, content: proto.IMessage): number | undefined {
  const duration = wholeNumber(message.ephemeralDuration);
  return expirationSeconds(content) ?? (duration && duration > 0 ? duration : undefined);
}
