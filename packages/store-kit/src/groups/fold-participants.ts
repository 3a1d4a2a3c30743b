import type { GroupMetadata, GroupParticipant, ParticipantAction } from "@whiskeysockets/baileys";
import { userJid } from "../identities/user-jid.ts";
import { formsOf, isUsable } from "./group-metadata.ts";

/** What is asked of identities: a member may be named by the form that the group does not use. */
export interface SamePerson {
  same(a: string, b: string): boolean;
}

/**
 * The group after the action, or `undefined` when only the server can tell: then nothing may be served until it did.
 */
export function foldParticipants(
  group: GroupMetadata,
  action: ParticipantAction,
  participants: readonly Partial<GroupParticipant>[],
  identities: SamePerson,
): GroupMetadata | undefined {
  let members: readonly GroupParticipant[] | undefined = group.participants;
  for (const participant of participants) {
    if (members === undefined) break;
    members = foldOne({ ...group, participants: [...members] }, action, participant, identities);
  }
  if (members === undefined) return undefined;
  const next = {
    ...group,
    participants: [...members],
    ...(group.size !== undefined && { size: members.length }),
  };
  return isUsable(next) ? next : undefined;
}

function foldOne(
  group: GroupMetadata,
  action: ParticipantAction,
  participant: Partial<GroupParticipant>,
  identities: SamePerson,
): readonly GroupParticipant[] | undefined {
  const { participants } = group;
  const isNamed = memberTest(participants, participant, identities);
  const rest = participants.filter((member) => !isNamed(member));
  const isMember = rest.length < participants.length;
  switch (action) {
    case "add": {
      const user = userJid(participant.id);
      // Under the other form it would be the one member that the server refuses: then the group is not usable.
      const added = { ...participant, id: user?.jid ?? "", admin: participant.admin ?? null };
      return [...rest, added];
    }
    case "remove":
      // Somebody unknown was removed: one of those we hold must be that somebody under another name.
      return isMember ? rest : undefined;
    case "promote":
    case "demote": {
      if (!isMember) return undefined;
      const admin = action === "promote" ? "admin" : null;
      return participants.map((member) => (isNamed(member) ? { ...member, admin } : member));
    }
    case "modify":
      // A changed number: the event does not say which member it was (Baileys messages-recv.js, `modify`).
      return undefined;
    default:
      // An action of a newer Baileys.
      return undefined;
  }
}

/** By a form that both name, else by whom the identities know both to be. */
function memberTest(
  members: readonly GroupParticipant[],
  participant: Partial<GroupParticipant>,
  identities: SamePerson,
): (member: GroupParticipant) => boolean {
  const forms = formsOf(participant);
  const sharesForm = (member: GroupParticipant): boolean =>
    formsOf(member).some((form) => forms.includes(form));
  if (members.some(sharesForm)) return sharesForm;
  return (member) =>
    formsOf(member).some((form) => forms.some((other) => identities.same(form, other)));
}
