import type { GroupMetadata, GroupParticipant } from "@whiskeysockets/baileys";
import { type UserForm, userJid } from "../identities/user-jid.ts";

/** How a group addresses its members, when it says so in a way that a send can be made of. */
function addressingForm(metadata: GroupMetadata): UserForm | undefined {
  // Text on the wire and after JSON, an enum in Baileys' types.
  const mode = String(metadata.addressingMode);
  return mode === "lid" || mode === "pn" ? mode : undefined;
}

/**
 * Whether a group send may be made of this: members, all addressed the way the group says.
 *
 * Baileys messages-send.js takes the members' ids as they are and falls back to `lid` without an addressing mode;
 * the server refuses a mixture with 421, or members are left waiting for the message.
 */
export function isUsable(metadata: GroupMetadata): boolean {
  const form = addressingForm(metadata);
  const { participants } = metadata;
  if (form === undefined || !Array.isArray(participants) || participants.length === 0) return false;
  return participants.every(({ id }) => userJid(id)?.form === form);
}

/** Every JID that names this member, spelled one way. */
export function formsOf({ id, phoneNumber, lid }: Partial<GroupParticipant>): readonly string[] {
  return [id, phoneNumber, lid].map((jid) => userJid(jid)?.jid).filter((jid) => jid !== undefined);
}

/** A copy that nobody can change: Baileys' listeners share its objects, and a send must not see half a change. */
export function frozenCopy(metadata: GroupMetadata): GroupMetadata {
  const { participants, ...rest } = metadata;
  return frozen({ ...structuredClone(rest), participants: participants.map(copied) });
}

/** The same object, which nobody can change from here on. */
export function frozen(metadata: GroupMetadata): GroupMetadata {
  metadata.participants.forEach((participant) => Object.freeze(participant));
  Object.freeze(metadata.participants);
  return Object.freeze(metadata);
}

// Mostly texts and flags, of which a general copy would take ten times as long, with a thousand members to a group.
function copied(participant: GroupParticipant): GroupParticipant {
  const isFlat = Object.values(participant).every((value) => typeof value !== "object" || !value);
  return isFlat ? { ...participant } : structuredClone(participant);
}
