import type {
  BaileysEventMap,
  GroupMetadata,
  GroupParticipant,
  ParticipantAction,
  WAMessage,
} from "@whiskeysockets/baileys";
import { wholeNumber } from "../messages/message-content.ts";
import type { GroupEvents } from "./group-events.ts";

/** One thing an event says of a group. */
export type GroupFact = { readonly jid: string } &
  /** All of it, as it was when the event was made: one that waited in Baileys' buffer may have been overtaken. */
  (
    | { readonly kind: "whole"; readonly metadata: GroupMetadata; readonly buffered: boolean }
    | { readonly kind: "part"; readonly part: Partial<GroupMetadata> }
    | { readonly kind: "ephemeral"; readonly seconds: number | undefined }
    | {
        readonly kind: "participants";
        readonly action: ParticipantAction;
        readonly participants: readonly Partial<GroupParticipant>[];
      }
    /** Members changed in a way that only the server can tell. */
    | { readonly kind: "unknown" }
  );

/** Reads one of them; a damaged one must not take its neighbours with it. */
export type GroupFactReader = () => GroupFact | undefined;

// proto.WebMessageInfo.StubType: the numbers are the wire format. These change who is in a group and either reach no
// event of Baileys (process-message.js knows no others), or one that it fails to emit: the parameters of a changed
// number are JIDs, and it parses them as JSON.
const UNTOLD_CHANGES: ReadonlySet<number> = new Set([
  33, // GROUP_PARTICIPANT_CHANGE_NUMBER
  43, // GROUP_DELETE
  140, // GROUP_PARTICIPANT_ACCEPT
  141, // GROUP_PARTICIPANT_LINKED_GROUP_JOIN
  146, // INTEGRITY_UNLINK_PARENT_GROUP
  151, // GROUP_PARTICIPANT_JOINED_GROUP_AND_PARENT_GROUP
  166, // SUB_GROUP_PARTICIPANT_ADD_RICH
  168, // COMMUNITY_PARTICIPANT_ADD_RICH
  185, // SUBGROUP_ADMIN_TRIGGERED_AUTO_ADD_RICH
  203, // GROUP_DEACTIVATED
]);

/** What a flush says of groups, membership last: an update may be older than it, never newer. */
export function groupFacts(events: GroupEvents): readonly GroupFactReader[] {
  const change = events["group-participants.update"];
  return [
    ...(events["groups.upsert"] ?? []).map((group) => () => updateFact(group, false)),
    ...(events["groups.update"] ?? []).map((group) => () => updateFact(group, true)),
    ...(events["chats.update"] ?? []).map((chat) => () => ephemeralFact(chat)),
    ...(events["messages.upsert"]?.messages ?? []).map((message) => () => stubFact(message)),
    ...(change ? [() => participantsFact(change)] : []),
  ];
}

function updateFact(group: Partial<GroupMetadata>, buffered: boolean): GroupFact | undefined {
  const { id: jid } = group;
  if (!isGroup(jid)) return undefined;
  if (isWhole(group)) return { kind: "whole", jid, metadata: group, buffered };
  // Members without the way they are addressed: more than a part, and of no use.
  if (group.participants !== undefined) return { kind: "unknown", jid };
  // Who made the change is in these three; they are not of the group.
  const { author: _, authorPn: __, authorUsername: ___, ...part } = group;
  const told = Object.entries(part).filter(([, value]) => value !== undefined);
  return { kind: "part", jid, part: Object.fromEntries(told) };
}

function isWhole(group: Partial<GroupMetadata>): group is GroupMetadata {
  return Array.isArray(group.participants) && group.addressingMode !== undefined;
}

// The only word about a group's disappearing messages: Baileys turns the notification into this one.
function ephemeralFact(chat: BaileysEventMap["chats.update"][number]): GroupFact | undefined {
  if (!isGroup(chat.id) || !("ephemeralExpiration" in chat)) return undefined;
  const seconds = wholeNumber(chat.ephemeralExpiration);
  return { kind: "ephemeral", jid: chat.id, seconds: seconds === 0 ? undefined : seconds };
}

function stubFact({ key, messageStubType }: WAMessage): GroupFact | undefined {
  const { remoteJid } = key;
  if (!isGroup(remoteJid) || !messageStubType) return undefined;
  return UNTOLD_CHANGES.has(messageStubType) ? { kind: "unknown", jid: remoteJid } : undefined;
}

function participantsFact(
  change: BaileysEventMap["group-participants.update"],
): GroupFact | undefined {
  const { id: jid, action } = change;
  if (!isGroup(jid)) return undefined;
  if (!Array.isArray(change.participants)) return { kind: "unknown", jid };
  const participants = change.participants.map(readParticipant);
  // A removal that names nobody we can read is of somebody.
  if (participants.some((one) => one === undefined)) return { kind: "unknown", jid };
  return {
    kind: "participants",
    jid,
    action,
    participants: participants.filter((one) => one !== undefined),
  };
}

/** Before version 7 a participant was its JID. */
function readParticipant(one: unknown): Partial<GroupParticipant> | undefined {
  if (typeof one === "string") return { id: one };
  if (typeof one !== "object" || one === null) return undefined;
  return one;
}

function isGroup(jid: unknown): jid is string {
  return typeof jid === "string" && jid.endsWith("@g.us");
}
