import type { Contact, GroupMetadata, WAMessage, proto } from "@whiskeysockets/baileys";
import { wholeNumber } from "../messages/message-content.ts";
import type { IdentityEvents, IdentityFact, IdentitySource } from "./identities.ts";
import { userPair } from "./user-jid.ts";

/** What one place of one event says, not read yet: a damaged one must not take its neighbours with it. */
export type FactReader = () => readonly (IdentityFact | undefined)[];

const HOUR_MS = 3_600_000;

/**
 * Every place in a flush that names both forms of a user.
 *
 * @param knowsMe - Both of our own forms are known, so that our own messages can be read safely.
 */
export function pairReaders(
  events: IdentityEvents,
  nowMs: number,
  knowsMe: boolean,
): readonly FactReader[] {
  // What carries no time is true about now. By the hour, so that the same word does not count as news each time.
  const undatedMs = nowMs - (nowMs % HOUR_MS);
  const contact = (source: IdentitySource) => (one: Partial<Contact>) => () =>
    contactFacts(one, undatedMs, source);
  const chat = (source: IdentitySource) => (one: Partial<proto.IConversation>) => () =>
    chatFacts(one, undatedMs, source);
  const group = (one: Partial<GroupMetadata>): FactReader => {
    return () => groupFacts(one, undatedMs);
  };
  const message = (source: IdentitySource) => (one: WAMessage) => () =>
    messageFacts(one, nowMs, source, knowsMe);

  const history = events["messaging-history.set"];
  const mapping = events["lid-mapping.update"];
  const participants = events["group-participants.update"];
  const request = events["group.join-request"];
  const tag = events["group.member-tag.update"];
  return [
    ...(history?.lidPnMappings ?? []).map((pair) => () => [
      fact(pair.lid, pair.pn, undatedMs, "history"),
    ]),
    ...(history?.chats ?? []).map(chat("history")),
    ...(history?.contacts ?? []).map(contact("history")),
    ...(history?.messages ?? []).map(message("history")),
    ...(mapping ? [() => [fact(mapping.lid, mapping.pn, undatedMs, "app-state")]] : []),
    ...(events["chats.upsert"] ?? []).map(chat("app-state")),
    ...(events["chats.update"] ?? []).map(chat("app-state")),
    ...(events["contacts.upsert"] ?? []).map(contact("app-state")),
    ...(events["contacts.update"] ?? []).map(contact("app-state")),
    ...(events["groups.upsert"] ?? []).map(group),
    ...(events["groups.update"] ?? []).map(group),
    ...(participants?.participants ?? []).map(contact("group")),
    ...(participants
      ? [() => [fact(participants.author, participants.authorPn, undatedMs, "group")]]
      : []),
    ...(request
      ? [
          () => [
            fact(request.author, request.authorPn, undatedMs, "group"),
            fact(request.participant, request.participantPn, undatedMs, "group"),
          ],
        ]
      : []),
    ...(tag ? [() => [fact(tag.participant, tag.participantAlt, undatedMs, "group")]] : []),
    ...(events["messages.upsert"]?.messages ?? []).map(message("stanza")),
    ...(events.call ?? []).map((call) => () => [
      fact(call.from, call.callerPn, call.date.getTime(), "stanza"),
    ]),
  ];
}

function contactFacts(
  { id, lid, phoneNumber }: Partial<Contact>,
  atMs: number,
  source: IdentitySource,
): (IdentityFact | undefined)[] {
  return [
    fact(id, lid, atMs, source),
    fact(id, phoneNumber, atMs, source),
    fact(lid, phoneNumber, atMs, source),
  ];
}

function chatFacts(
  { id, pnJid, lidJid, accountLid }: Partial<proto.IConversation>,
  atMs: number,
  source: IdentitySource,
): (IdentityFact | undefined)[] {
  return [
    fact(id, pnJid, atMs, source),
    fact(id, lidJid, atMs, source),
    fact(id, accountLid, atMs, source),
    fact(pnJid, lidJid, atMs, source),
  ];
}

function groupFacts(group: Partial<GroupMetadata>, atMs: number): (IdentityFact | undefined)[] {
  return [
    fact(group.owner, group.ownerPn, atMs, "group"),
    fact(group.subjectOwner, group.subjectOwnerPn, atMs, "group"),
    fact(group.descOwner, group.descOwnerPn, atMs, "group"),
    fact(group.author, group.authorPn, atMs, "group"),
    ...(group.participants ?? []).flatMap((one) => contactFacts(one, atMs, "group")),
  ];
}

function messageFacts(
  { key, messageTimestamp, userReceipt }: WAMessage,
  nowMs: number,
  source: IdentitySource,
  knowsMe: boolean,
): (IdentityFact | undefined)[] {
  // Baileys decode-wa-message.js: for a message of another own device the "other form" can be ours, next to the peer's.
  if (key.fromMe === true && !knowsMe) return [];
  const atMs = sentAtMs(messageTimestamp, nowMs);
  // Baileys messages-recv.js, handleMessage: the same choice of the two. In a direct chat the participant is "".
  const one = key.participant || key.remoteJid;
  const other = key.participantAlt || key.remoteJidAlt;
  const told = fact(one, other, atMs, source);
  if (source !== "history" || key.fromMe !== true) return [told];
  // Whoever got an own message of a direct chat is whom the chat is with. Baileys history.js takes the pair from there
  // where the chat does not say it, and its event buffer drops it.
  return [told, fact(key.remoteJid, userReceipt?.[0]?.userJid, atMs, "receipt")];
}

function sentAtMs(stamp: unknown, nowMs: number): number {
  const seconds = wholeNumber(stamp);
  return seconds !== undefined && seconds > 0 ? seconds * 1000 : nowMs;
}

function fact(
  one: unknown,
  other: unknown,
  atMs: number,
  source: IdentitySource,
): IdentityFact | undefined {
  const pair = userPair(one, other);
  return pair === undefined ? undefined : { ...pair, atMs, source };
}
