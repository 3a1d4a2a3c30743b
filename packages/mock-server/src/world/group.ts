import type { SeededStream } from "../seed/seeded-stream.ts";
import type { FindAccount } from "../snapshot/part.ts";
import type { Account } from "./account.ts";
import type { Community } from "./communities.ts";
import { GroupInvitations } from "./group-invitations.ts";
import { type Departure, GroupDepartures } from "./group-departures.ts";
import { GroupDoor } from "./group-door.ts";
import { type GroupMember, GroupMembers, type GroupRole } from "./group-members.ts";
import type { GroupChange, GroupNews, JoinReason } from "./group-news.ts";
import {
  type MemberOutcome,
  type MemberOutcomes,
  OK,
  accepted,
  judged,
  unlessCreator,
} from "./group-outcomes.ts";
import {
  type DescriptionChange,
  type GroupDescription,
  type GroupSubject,
  checkDescription,
  checkedSubject,
  readBack,
  written,
} from "./group-profile.ts";
import { GroupRefusal } from "./group-refusal.ts";
import type { GroupSnapshot } from "./group-snapshot.ts";
import {
  type GroupSettings,
  membersMaySet,
  newGroupSettings,
  settingNames,
} from "./group-settings.ts";

export interface GroupParts {
  readonly id: string;
  readonly creator: Account;
  readonly subject: string;
  readonly settings?: Partial<GroupSettings>;
  readonly random: SeededStream;
  /** Seconds since the epoch. */
  readonly now: () => number;
  readonly publish: (news: GroupNews) => void;
  /** Whether this person lets `by` add it to groups. */
  readonly letsAdd: (account: Account, by: Account) => boolean;
}

/**
 * One group and its rules. Each method that changes something takes who does it, throws a `GroupRefusal` when that
 * person may not, and publishes what happened.
 */
export class Group {
  readonly id: string;
  /** The ways in. */
  readonly door: GroupDoor;
  /** The community it belongs to, as its parent or as a group in it. */
  community: Community | undefined;
  readonly #parts: GroupParts;
  readonly #members = new GroupMembers();
  readonly #departures = new GroupDepartures();
  #creator: Account;
  #creation: number;
  #subject: GroupSubject;
  #description: GroupDescription | undefined;
  #settings: GroupSettings;
  #version = 0;

  constructor(parts: GroupParts) {
    const { id, creator, subject, settings, random, now } = parts;
    this.#parts = parts;
    this.id = id;
    this.#creator = creator;
    this.#creation = now();
    this.#subject = { text: checkedSubject(subject), by: creator, at: this.#creation };
    this.#settings = { ...newGroupSettings, ...settings };
    this.door = new GroupDoor({ group: this, invitations: new GroupInvitations(random), now });
    this.#members.add(creator);
  }

  get jid(): string {
    return `${this.id}@g.us`;
  }

  get creator(): Account {
    return this.#creator;
  }

  /** Seconds since the epoch. */
  get creation(): number {
    return this.#creation;
  }

  get subject(): GroupSubject {
    return this.#subject;
  }

  get description(): GroupDescription | undefined {
    return this.#description;
  }

  get settings(): GroupSettings {
    return this.#settings;
  }

  /** Longest-standing first. */
  get members(): readonly GroupMember[] {
    return this.#members.list;
  }

  get size(): number {
    return this.#members.size;
  }

  /** Counts the changes of who is in it. */
  get version(): number {
    return this.#version;
  }

  /** When somebody who was in it went, the last time; nothing for those who are in it. */
  departure(account: Account): Departure | undefined {
    return this.#departures.of(account);
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

  /** Whether the server takes a message to the group from this person. */
  maySend(account: Account): boolean {
    return this.#settings.announce ? this.isAdmin(account) : this.has(account);
  }

  requireMember(by: Account): void {
    if (!this.has(by)) throw new GroupRefusal(403, "Only members of the group can do this");
  }

  requireAdmin(by: Account): void {
    if (!this.isAdmin(by)) throw new GroupRefusal(403, "Only admins of the group can do this");
  }

  rename(by: Account, text: string): void {
    this.#requireEditor(by);
    this.#rename(by, checkedSubject(text));
    // A community and its announcements have one name.
    const twin = this.community?.twinOf(this);
    if (twin !== undefined) twin.#rename(by, text);
  }

  describe(by: Account, change: DescriptionChange): void {
    this.#requireEditor(by);
    checkDescription(change, this.#description);
    const { id, text } = change;
    this.#description = text === undefined ? undefined : { id, text, by, at: this.#parts.now() };
    this.#publish(by, { kind: "description" });
  }

  /** Changes what `wish` names. Says nothing about what is set like that already. */
  configure(by: Account, wish: Partial<GroupSettings>): void {
    const wished = settingNames.filter((name) => wish[name] !== undefined);
    if (wished.every((name) => membersMaySet.includes(name))) this.#requireEditor(by);
    else this.requireAdmin(by);
    const changed = wished.filter((name) => wish[name] !== this.#settings[name]);
    this.#settings = { ...this.#settings, ...wish };
    for (const name of changed) this.#publish(by, { kind: "setting", name });
  }

  /** Adds people, or says for each why not: in it (409), left lately (408), does not want to be added (403). */
  add(by: Account, people: readonly Account[]): MemberOutcomes {
    this.requireMember(by);
    if (this.#settings.memberAddMode === "admin_add") this.requireAdmin(by);
    const outcomes = new Map(people.map((person) => [person, this.#addOutcome(person, by)]));
    const waiting = [...outcomes].filter(([, outcome]) => outcome.waiting).map(([who]) => who);
    this.admit(
      by,
      [...outcomes].filter(([, outcome]) => outcome === OK).map(([who]) => who),
    );
    for (const person of waiting) this.door.request(person, "non_admin_add", by);
    return outcomes;
  }

  /** Removes members for good, or says for each why not: not in it (404), made the group (406). */
  remove(by: Account, people: readonly Account[]): MemberOutcomes {
    this.requireAdmin(by);
    const outcomes = judged(people, (each) => this.role(each), unlessCreator);
    this.dismiss(by, accepted(outcomes));
    return outcomes;
  }

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
    for (const person of who) {
      this.#members.add(person);
      this.#departures.forget(person);
      this.door.forget(person);
    }
    this.#version++;
    this.#publish(by, { kind: "added", who, ...(reason === undefined ? {} : { reason }) });
    this.community?.onAdmitted(by, who);
  }

  /** Takes people out without asking anybody; out of the whole community when this is where all its people are. */
  dismiss(by: Account | undefined, people: readonly Account[]): void {
    const who = people.filter((person) => this.has(person));
    if (who.length === 0) return;
    const heirs = new Set<Account>();
    for (const person of who) {
      const heir = this.#members.remove(person);
      if (heir !== undefined) heirs.add(heir);
      this.#departures.add(person, { at: this.#parts.now(), removed: person !== by });
    }
    this.#version++;
    this.#publish(by, { kind: "removed", who });
    const promoted = [...heirs].filter((heir) => this.has(heir));
    if (promoted.length > 0) {
      this.#version++;
      this.#publish(undefined, { kind: "promoted", who: promoted });
    }
    this.community?.onDismissed(this, by, who);
  }

  /** Makes members admins or plain members without asking anybody. */
  setAdmins(by: Account | undefined, people: readonly Account[], admin: boolean): void {
    const who = people.filter((person) => this.#members.setAdmin(person, admin));
    if (who.length === 0) return;
    this.#version++;
    this.#publish(by, { kind: admin ? "promoted" : "demoted", who });
  }

  /** Tells everybody that the group is there. */
  announceCreated(): void {
    this.#publish(this.creator, { kind: "created" });
  }

  announce(by: Account | undefined, change: GroupChange): void {
    this.#publish(by, change);
  }

  toSnapshot(): GroupSnapshot {
    const { id, creation, version, settings, description } = this;
    return {
      id,
      creation,
      version,
      settings,
      seed: this.#parts.random.seed,
      creator: this.creator.phoneNumber,
      subject: written(this.subject),
      description: description && written(description),
      members: this.#members.toSnapshot(),
      departures: this.#departures.toSnapshot(),
      door: this.door.toSnapshot(),
    };
  }

  /** Nobody hears of it. The community it belongs to puts itself back. */
  fromSnapshot(snapshot: GroupSnapshot, who: FindAccount): void {
    const { creator, creation, version, settings, subject, description } = snapshot;
    this.#creator = who(creator);
    this.#creation = creation;
    this.#version = version;
    this.#settings = settings;
    this.#subject = readBack(subject, who);
    this.#description = description && readBack(description, who);
    this.#members.fromSnapshot(snapshot.members, who);
    this.#departures.fromSnapshot(snapshot.departures, who);
    this.door.fromSnapshot(snapshot.door, who);
    this.community = undefined;
  }

  #rename(by: Account, text: string): void {
    this.#subject = { text, by, at: this.#parts.now() };
    this.#publish(by, { kind: "subject" });
  }

  #requireEditor(by: Account): void {
    this.requireMember(by);
    if (this.#settings.locked) this.requireAdmin(by);
  }

  #addOutcome(person: Account, by: Account): MemberOutcome {
    if (this.has(person)) return { status: 409 };
    const now = this.#parts.now();
    if (this.#departures.isRecent(person, now)) {
      return { status: 408, invitation: this.door.invitations.invite(person, by, now) };
    }
    if (!this.#parts.letsAdd(person, by)) {
      return { status: 403, invitation: this.door.invitations.invite(person, by, now) };
    }
    return this.#settings.joinApproval && !this.isAdmin(by) ? { status: 200, waiting: true } : OK;
  }

  #setAdminsInBoth(by: Account, people: readonly Account[], admin: boolean): void {
    this.setAdmins(by, people, admin);
    this.community?.twinOf(this)?.setAdmins(by, people, admin);
  }

  #publish(by: Account | undefined, change: GroupChange): void {
    this.#parts.publish({ group: this, by, change });
  }
}
