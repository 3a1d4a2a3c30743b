import type { GroupMetadata, GroupParticipant, ParticipantAction } from "@whiskeysockets/baileys";
import { userJid } from "../identities/user-jid.ts";
import { formsOf, isUsable } from "./group-metadata.ts";

/** What is asked of identities: a member may be named by the form that the group does not use. */
export interface OtherForms {
  lidOf(jid: string): string | undefined;
  pnOf(jid: string): string | undefined;
}

/**
 * The group after the action, or `undefined` when only the server can tell: then nothing may be served until it did.
 */
export function foldParticipants(
  group: GroupMetadata,
  action: ParticipantAction,
  participants: readonly Partial<GroupParticipant>[],
  identities: OtherForms,
): GroupMetadata | undefined {
  const members = new Members(group.participants, identities);
  if (!participants.every((participant) => members.fold(action, participant))) return undefined;
  const after = members.list();
  const next = {
    ...group,
    participants: after,
    ...(group.size !== undefined && { size: after.length }),
  };
  return isUsable(next) ? next : undefined;
}

/** The members in their order, found by any of their forms: hundreds may join a group of a thousand in one event. */
class Members {
  readonly #identities: OtherForms;
  /** By when they joined. */
  readonly #members = new Map<number, GroupParticipant>();
  readonly #byForm = new Map<string, Set<number>>();
  #joined = 0;

  constructor(participants: readonly GroupParticipant[], identities: OtherForms) {
    this.#identities = identities;
    for (const participant of participants) this.#join(participant);
  }

  list(): GroupParticipant[] {
    return [...this.#members.values()];
  }

  /** False when only the server can tell what became of them. */
  fold(action: ParticipantAction, participant: Partial<GroupParticipant>): boolean {
    const named = this.#named(participant);
    switch (action) {
      case "add": {
        for (const place of named) this.#leave(place);
        const user = userJid(participant.id);
        // Under the other form it would be the one member that the server refuses: then the group is not usable.
        this.#join({ ...participant, id: user?.jid ?? "", admin: participant.admin ?? null });
        return true;
      }
      case "remove":
        for (const place of named) this.#leave(place);
        // Somebody unknown was removed: one of those we hold must be that somebody under another name.
        return named.size > 0;
      case "promote":
      case "demote": {
        const admin = action === "promote" ? "admin" : null;
        for (const place of named) {
          const member = this.#members.get(place);
          if (member !== undefined) this.#members.set(place, { ...member, admin });
        }
        return named.size > 0;
      }
      case "modify":
        // A changed number: the event does not say which member it was (Baileys messages-recv.js, `modify`).
        return false;
      default:
        // An action of a newer Baileys.
        return false;
    }
  }

  /** By a form that both name, else by the other form as the identities know it. */
  #named(participant: Partial<GroupParticipant>): ReadonlySet<number> {
    const forms = formsOf(participant);
    const places = this.#placesOf(forms);
    if (places.size > 0) return places;
    const others = forms.flatMap((form) => [
      this.#identities.lidOf(form),
      this.#identities.pnOf(form),
    ]);
    return this.#placesOf(others.filter((form) => form !== undefined));
  }

  #placesOf(forms: readonly string[]): ReadonlySet<number> {
    return new Set(forms.flatMap((form) => [...(this.#byForm.get(form) ?? [])]));
  }

  #join(member: GroupParticipant): void {
    const place = this.#joined++;
    this.#members.set(place, member);
    for (const form of formsOf(member)) {
      const places = this.#byForm.get(form) ?? new Set();
      this.#byForm.set(form, places.add(place));
    }
  }

  #leave(place: number): void {
    const member = this.#members.get(place);
    if (member === undefined) return;
    this.#members.delete(place);
    for (const form of formsOf(member)) this.#byForm.get(form)?.delete(place);
  }
}
