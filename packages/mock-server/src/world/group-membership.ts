import type { FindAccount } from "../snapshot/part.ts";
import type { Account } from "./account.ts";
import {
  type Departure,
  GroupDepartures,
  type GroupDeparturesSnapshot,
} from "./group-departures.ts";
import {
  type GroupMember,
  GroupMembers,
  type GroupMembersSnapshot,
  type GroupRole,
} from "./group-members.ts";
import type { JoinReason } from "./group-news.ts";
import {
  type MemberOutcome,
  type MemberOutcomes,
  OK,
  accepted,
  judged,
  unlessCreator,
} from "./group-outcomes.ts";
import { GroupRefusal } from "./group-refusal.ts";
import type { Group } from "./group.ts";

export interface GroupMembershipParts {
  readonly group: Group;
  readonly creator: Account;
  /** Seconds since the epoch. */
  readonly now: () => number;
  /** Whether this person lets `by` add it to groups. */
  readonly letsAdd: (account: Account, by: Account) => boolean;
}

export interface GroupMembershipSnapshot {
  readonly version: number;
  readonly members: GroupMembersSnapshot;
  readonly departures: GroupDeparturesSnapshot;
}

/**
 * Who is in a group and who was, and the rules of coming and going. What a person does throws a `GroupRefusal` when
 * that person may not; `admit`, `dismiss` and `setAdmins` ask nobody.
 */
export class GroupMembership {
  readonly #parts: GroupMembershipParts;
  readonly #members = new GroupMembers();
  readonly #departures = new GroupDepartures();
  #version = 0;

  constructor(parts: GroupMembershipParts) {
    this.#parts = parts;
    this.#members.add(parts.creator);
  }

  /** Longest-standing first. */
  get list(): readonly GroupMember[] {
    return this.#members.list;
  }

  get size(): number {
    return this.#members.size;
  }

  /** Counts the changes of who is in it. */
  get version(): number {
    return this.#version;
  }

  has(account: Account): boolean {
    return this.#members.has(account);
  }

  role(account: Account): GroupRole | undefined {
    return this.#members.role(account);
  }

  isAdmin(account: Account): boolean {
    return this.#members.isAdmin(account);
  }

  /** When somebody who was in it went, the last time; nothing for those who are in it. */
  departure(account: Account): Departure | undefined {
    return this.#departures.of(account);
  }

  requireMember(by: Account): void {
    if (!this.has(by)) throw new GroupRefusal(403, "Only members of the group can do this");
  }

  requireAdmin(by: Account): void {
    if (!this.isAdmin(by)) throw new GroupRefusal(403, "Only admins of the group can do this");
  }

  /** Adds people, or says for each why not: in it (409), left lately (408), does not want to be added (403). */
  add(by: Account, people: readonly Account[]): MemberOutcomes {
    const { group } = this.#parts;
    this.requireMember(by);
    if (group.settings.memberAddMode === "admin_add") this.requireAdmin(by);
    const outcomes = new Map(people.map((person) => [person, this.#addOutcome(person, by)]));
    const waiting = [...outcomes].filter(([, outcome]) => outcome.waiting).map(([who]) => who);
    this.admit(
      by,
      [...outcomes].filter(([, outcome]) => outcome === OK).map(([who]) => who),
    );
    for (const person of waiting) group.door.request(person, "non_admin_add", by);
    return outcomes;
  }

  /** Removes members for good, or says for each why not: not in it (404), made the group (406). */
  remove(by: Account, people: readonly Account[]): MemberOutcomes {
    this.requireAdmin(by);
    const outcomes = judged(people, (each) => this.role(each), unlessCreator);
    this.dismiss(by, accepted(outcomes));
    return outcomes;
  }

  /** Makes members admins, or says for each why not: not in it (404). */
  promote(by: Account, people: readonly Account[]): MemberOutcomes {
    this.requireAdmin(by);
    const outcomes = judged(
      people,
      (each) => this.role(each),
      () => OK,
    );
    this.#setAdminsInBoth(by, accepted(outcomes), true);
    return outcomes;
  }

  /** Makes admins plain members, or says for each why not: not in it (404), made the group (406). */
  demote(by: Account, people: readonly Account[]): MemberOutcomes {
    this.requireAdmin(by);
    const outcomes = judged(people, (each) => this.role(each), unlessCreator);
    this.#setAdminsInBoth(by, accepted(outcomes), false);
    return outcomes;
  }

  /** Throws 404 for one who is not in it. */
  leave(account: Account): void {
    if (!this.has(account)) throw new GroupRefusal(404, "Only a member can leave the group");
    this.dismiss(account, [account]);
  }

  /** Takes people in without asking anybody, and into the community the group belongs to. */
  admit(by: Account | undefined, people: readonly Account[], reason?: JoinReason): void {
    const who = people.filter((person) => !this.has(person));
    if (who.length === 0) return;
    const { group } = this.#parts;
    for (const person of who) {
      this.#members.add(person);
      this.#departures.forget(person);
      group.door.forget(person);
    }
    this.#version++;
    group.announce(by, { kind: "added", who, ...(reason === undefined ? {} : { reason }) });
    group.community?.onAdmitted(by, who);
  }

  /** Takes people out without asking anybody; out of the whole community when this is where all its people are. */
  dismiss(by: Account | undefined, people: readonly Account[]): void {
    const who = people.filter((person) => this.has(person));
    if (who.length === 0) return;
    const { group, now } = this.#parts;
    const heirs = new Set<Account>();
    for (const person of who) {
      const heir = this.#members.remove(person);
      if (heir !== undefined) heirs.add(heir);
      this.#departures.add(person, { at: now(), removed: person !== by });
    }
    this.#version++;
    group.announce(by, { kind: "removed", who });
    const promoted = [...heirs].filter((heir) => this.has(heir));
    if (promoted.length > 0) {
      this.#version++;
      group.announce(undefined, { kind: "promoted", who: promoted });
    }
    group.community?.onDismissed(group, by, who);
  }

  /** Makes members admins or plain members without asking anybody. */
  setAdmins(by: Account | undefined, people: readonly Account[], admin: boolean): void {
    const who = people.filter((person) => this.#members.setAdmin(person, admin));
    if (who.length === 0) return;
    this.#version++;
    this.#parts.group.announce(by, { kind: admin ? "promoted" : "demoted", who });
  }

  toSnapshot(): GroupMembershipSnapshot {
    return {
      version: this.version,
      members: this.#members.toSnapshot(),
      departures: this.#departures.toSnapshot(),
    };
  }

  /** Nobody hears of it. */
  fromSnapshot(snapshot: GroupMembershipSnapshot, who: FindAccount): void {
    this.#version = snapshot.version;
    this.#members.fromSnapshot(snapshot.members, who);
    this.#departures.fromSnapshot(snapshot.departures, who);
  }

  #addOutcome(person: Account, by: Account): MemberOutcome {
    if (this.has(person)) return { status: 409 };
    const { group, letsAdd } = this.#parts;
    const now = this.#parts.now();
    if (this.#departures.isRecent(person, now)) {
      return { status: 408, invitation: group.door.invitations.invite(person, by, now) };
    }
    if (!letsAdd(person, by)) {
      return { status: 403, invitation: group.door.invitations.invite(person, by, now) };
    }
    return group.settings.joinApproval && !this.isAdmin(by) ? { status: 200, waiting: true } : OK;
  }

  #setAdminsInBoth(by: Account, people: readonly Account[], admin: boolean): void {
    const { group } = this.#parts;
    const twin = group.community?.twinOf(group)?.membership;
    this.setAdmins(by, people, admin);
    twin?.setAdmins(by, people, admin);
    const heir = this.#members.heir(people);
    if (heir === undefined) return;
    this.setAdmins(undefined, [heir], true);
    twin?.setAdmins(undefined, [heir], true);
  }
}
