import type { WAMessage, WAMessageKey, proto } from "@whiskeysockets/baileys";
import { type Address, address } from "./address.ts";
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
import type { OwnIdentity } from "./own-identity.ts";
import { type Retention, expiresAt } from "./retention.ts";

/** Where a message came from: sent by this process, by any own device, or by somebody else. */
export type MessageOrigin = "sent" | "own" | "inbound";

/** What is kept of a message. */
export type KeepPolicy = "body" | "none";

/** Which message a fact is about. `sender` is set for somebody else's message in a group. */
export interface MessageIdentity {
  readonly id: string;
  readonly fromMe: boolean;
  readonly chat: Address;
  readonly sender: Address | undefined;
}

/** One thing learned about one message. Facts commute: the store ends the same in whatever order they come. */
export type MessageFact = { readonly about: MessageIdentity; readonly atMs: number } & (
  | {
      readonly kind: "body";
      readonly origin: MessageOrigin;
      readonly expiresAtMs: number;
      readonly keyJson: string;
      readonly body: Uint8Array;
    }
  | { readonly kind: "edit"; readonly body: Uint8Array }
  | { readonly kind: "erase" }
);

export interface FactContext {
  readonly codec: Codec<proto.IMessage>;
  readonly me: OwnIdentity;
  readonly retention: Retention;
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
  const identity = identityOf(key, origin, context.me);
  if (!content || identity === undefined) return [];
  const facts = [
    amendmentFact(message, content, identity, context),
    bodyFact(message, content, identity, origin, context),
  ];
  return facts.filter((fact) => fact !== undefined);
}

/** Whom a key names, from the account's own point of view; `undefined` for a key that names nothing. */
export function identityOf(
  key: WAMessageKey,
  origin: MessageOrigin,
  me: OwnIdentity,
): MessageIdentity | undefined {
  const { id, remoteJid, remoteJidAlt, participant, participantAlt } = key;
  if (typeof id !== "string" || id === "" || !remoteJid) return undefined;
  const fromMe = origin !== "inbound";
  const chat = address(remoteJid, isPeersAlt(remoteJidAlt, origin, me) ? remoteJidAlt : undefined);
  const sender = !fromMe && participant ? address(participant, participantAlt) : undefined;
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
  const { codec, keep, nowMs, retention } = context;
  if (isInternal(content) || isViewOnce(content) || message.key.isViewOnce) return undefined;
  const edited = mergedEditOf(content);
  // Baileys' event buffer lets any group member's edit replace a buffered message of somebody else's.
  if (edited !== undefined && !about.fromMe) return undefined;
  if (keep(message, origin) !== "body") return undefined;
  const body = encodeBody(codec, edited ?? content);
  if (body === undefined) return undefined;

  const atMs = sentAt(message, nowMs);
  const expiresAtMs = expiresAt(retention, {
    chat: about.chat.jid,
    sentAtMs: atMs,
    disappearsAfterSeconds: disappearsAfter(message, content),
  });
  const keyJson = JSON.stringify(message.key);
  return { kind: "body", about, origin, atMs, expiresAtMs, keyJson, body };
}

function amendmentFact(
  message: WAMessage,
  content: proto.IMessage,
  carrier: MessageIdentity,
  { codec, me, nowMs }: FactContext,
): MessageFact | undefined {
  const amendment = amendmentOf(content);
  if (amendment === undefined) return undefined;
  const about = targetOf(amendment.target, carrier, me);
  const sentAtMs = sentAt(message, nowMs);
  if (about === undefined) return undefined;
  if (amendment.kind === "revoke") return { kind: "erase", about, atMs: sentAtMs };
  // Only the author may edit, and an edit can only be of the author's own message.
  if (about.fromMe !== carrier.fromMe) return undefined;
  const body = encodeBody(codec, innerMessage(amendment.content));
  return body && { kind: "edit", about, atMs: amendment.editedAtMs ?? sentAtMs, body };
}

/**
 * The message an amendment is about. Its author is the author of the carrier, whatever the carrier claims, so a
 * stranger's revoke or edit can only ever reach the stranger's own messages. The exception is an own device
 * revoking somebody else's message, which WhatsApp lets a group admin do.
 */
function targetOf(
  target: proto.IMessageKey,
  carrier: MessageIdentity,
  me: OwnIdentity,
): MessageIdentity | undefined {
  const { id, fromMe, participant } = target;
  if (typeof id !== "string" || id === "") return undefined;
  // Baileys always names the author in a group; without one there is nobody to hold the carrier to.
  if (!carrier.fromMe && carrier.sender === undefined && hasManyAuthors(carrier.chat.jid)) {
    return undefined;
  }
  const isOwn = fromMe !== false && !(participant && me.isOther(participant));
  if (!carrier.fromMe || isOwn) return { ...carrier, id };
  return { ...carrier, id, fromMe: false, sender: participant ? address(participant) : undefined };
}

function hasManyAuthors(chat: string): boolean {
  return chat.endsWith("@g.us") || chat.endsWith("@broadcast");
}

/** When a message was sent; a time in the future counts as now, so that nothing outlives its limit. */
function sentAt({ messageTimestamp }: WAMessage, nowMs: number): number {
  const stampSeconds = wholeNumber(messageTimestamp);
  return stampSeconds === undefined || stampSeconds <= 0
    ? nowMs
    : Math.min(stampSeconds * 1000, nowMs);
}

function disappearsAfter(message: WAMessage, content: proto.IMessage): number | undefined {
  const duration = wholeNumber(message.ephemeralDuration);
  return expirationSeconds(content) ?? (duration && duration > 0 ? duration : undefined);
}
