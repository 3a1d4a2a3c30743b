import {
  type GroupMetadata,
  type GroupParticipant,
  type ParticipantAction,
  WAMessageAddressingMode,
} from "@whiskeysockets/baileys";

export const GROUP = "120363000000000001@g.us";

export function member(n: number): GroupParticipant {
  return { id: `${n}@lid`, phoneNumber: `49${n}@s.whatsapp.net`, admin: null };
}

export function metadata(
  members: readonly GroupParticipant[],
  rest: Partial<GroupMetadata> = {},
): GroupMetadata {
  return {
    id: GROUP,
    subject: "a group",
    owner: undefined,
    addressingMode: WAMessageAddressingMode.LID,
    size: members.length,
    participants: [...members],
    ...rest,
  };
}

/** A group as the server has it. */
export class GroundTruth {
  readonly members = new Map<string, GroupParticipant>();

  constructor(members: readonly GroupParticipant[]) {
    for (const one of members) this.members.set(one.id, one);
  }

  act(action: ParticipantAction, { id }: GroupParticipant, phoneNumber?: string): void {
    const known = this.members.get(id);
    if (action === "add" && known === undefined) {
      this.members.set(id, { id, ...(phoneNumber && { phoneNumber }), admin: null });
    }
    if (action === "remove") this.members.delete(id);
    if (known === undefined) return;
    if (action === "promote") this.members.set(id, { ...known, admin: "admin" });
    if (action === "demote") this.members.set(id, { ...known, admin: null });
  }

  snapshot(): GroupMetadata {
    return structuredClone(metadata([...this.members.values()]));
  }
}
