import type { SeededStream } from "../seed/seeded-stream.ts";
import type { FindAccount } from "../snapshot/part.ts";
import type { Account } from "./account.ts";
import type { Community } from "./communities.ts";
import { GroupInvitations } from "./group-invitations.ts";
import type { Departure } from "./group-departures.ts";
import { GroupDoor } from "./group-door.ts";
import type { GroupMember, GroupRole } from "./group-members.ts";
import { GroupMembership } from "./group-membership.ts";
import type { GroupChange, GroupNews } from "./group-news.ts";
import {
  type DescriptionChange,
  type GroupDescription,
  type GroupSubject,
  checkDescription,
  checkedSubject,
  readBack,
  written,
} from "./group-profile.ts";
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
  /** Who is in it, and coming and going. */
  readonly membership: GroupMembership;
  /** The community it belongs to, as its parent or as a group in it. */
  community: Community | undefined;
  readonly #parts: GroupParts;
  #creator: Account;
  #creation: number;
  #subject: GroupSubject;
  #description: GroupDescription | undefined;
  #settings: GroupSettings;

  constructor(parts: GroupParts) {
    const { id, creator, subject, settings, random, now, letsAdd } = parts;
    this.#parts = parts;
    this.id = id;
    this.#creator = creator;
    this.#creation = now();
    this.#subject = { text: checkedSubject(subject), by: creator, at: this.#creation };
    this.#settings = { ...newGroupSettings, ...settings };
    this.door = new GroupDoor({ group: this, invitations: new GroupInvitations(random), now });
    this.membership = new GroupMembership({ group: this, creator, now, letsAdd });
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
    return this.membership.list;
  }

  get size(): number {
    return this.membership.size;
  }

  /** Counts the changes of who is in it. */
  get version(): number {
    return this.membership.version;
  }

  /** When somebody who was in it went, the last time; nothing for those who are in it. */
  departure(account: Account): Departure | undefined {
    return this.membership.departure(account);
  }

  has(account: Account): boolean {
    return this.membership.has(account);
  }

  role(account: Account): GroupRole | undefined {
    return this.membership.role(account);
  }

  isAdmin(account: Account): boolean {
    return this.membership.isAdmin(account);
  }

  /** Whether the server takes a message to the group from this person. */
  maySend(account: Account): boolean {
    return this.#settings.announce ? this.isAdmin(account) : this.has(account);
  }

  requireMember(by: Account): void {
    this.membership.requireMember(by);
  }

  requireAdmin(by: Account): void {
    this.membership.requireAdmin(by);
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

  /** Tells everybody that the group is there. */
  announceCreated(): void {
    this.#publish(this.creator, { kind: "created" });
  }

  announce(by: Account | undefined, change: GroupChange): void {
    this.#publish(by, change);
  }

  toSnapshot(): GroupSnapshot {
    const { id, creation, settings, description } = this;
    return {
      id,
      creation,
      settings,
      seed: this.#parts.random.seed,
      creator: this.creator.phoneNumber,
      subject: written(this.subject),
      description: description && written(description),
      ...this.membership.toSnapshot(),
      door: this.door.toSnapshot(),
    };
  }

  /** Nobody hears of it. The community it belongs to puts itself back. */
  fromSnapshot(snapshot: GroupSnapshot, who: FindAccount): void {
    const { creator, creation, settings, subject, description } = snapshot;
    this.#creator = who(creator);
    this.#creation = creation;
    this.#settings = settings;
    this.#subject = readBack(subject, who);
    this.#description = description && readBack(description, who);
    this.membership.fromSnapshot(snapshot, who);
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

  #publish(by: Account | undefined, change: GroupChange): void {
    this.#parts.publish({ group: this, by, change });
  }
}
