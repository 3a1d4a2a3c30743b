import type { Clock } from "@motte/core/clock";
import { Emitter, type Event } from "@motte/core/events";
import type { Random, SeededRandom } from "@motte/core/random";
import { MockServerError } from "../errors.ts";
import { SeededStream } from "../seed/seeded-stream.ts";
import type { FindAccount } from "../snapshot/part.ts";
import type { Account } from "./account.ts";
import { Community, type CommunitySnapshot } from "./communities.ts";
import { Group, type GroupParts } from "./group.ts";
import type { GroupSnapshot } from "./group-snapshot.ts";
import type { GroupNews } from "./group-news.ts";
import type { MemberOutcomes } from "./group-outcomes.ts";
import { GroupRefusal } from "./group-refusal.ts";
import type { GroupSettings } from "./group-settings.ts";

export interface GroupsParts {
  readonly seed: SeededRandom;
  readonly clock: Clock;
  /** Whether a person lets another add it to groups. @defaultValue always */
  readonly letsAdd?: (account: Account, by: Account) => boolean;
}

export interface NewGroup {
  readonly subject: string;
  readonly people?: readonly Account[];
  /** Those of the people who are admins from the start. */
  readonly admins?: readonly Account[];
  readonly settings?: Partial<GroupSettings>;
  readonly description?: { readonly id: string; readonly text: string } | undefined;
}

export interface NewCommunity extends NewGroup {
  readonly generalChat?: boolean;
  readonly approvalOfSubGroups?: string | undefined;
}

/** A group that was made, and what became of those who were to be in it. */
export interface MadeGroup {
  readonly group: Group;
  readonly outcomes: MemberOutcomes;
}

export interface GroupsSnapshot {
  /** How many were made, those that are gone included. */
  readonly made: number;
  readonly groups: readonly GroupSnapshot[];
  readonly communities: readonly CommunitySnapshot[];
}

// What the ids of groups begin with since they no longer hold the creator's number.
const ID_PREFIX = "120363";
const ID_DIGITS = 12;

/** The groups and communities of one server. */
export class Groups {
  readonly #seed: SeededRandom;
  readonly #clock: Clock;
  readonly #letsAdd: (account: Account, by: Account) => boolean;
  readonly #groups = new Map<string, Group>();
  readonly #news = new Emitter<GroupNews>();
  #count = 0;

  constructor({ seed, clock, letsAdd = () => true }: GroupsParts) {
    this.#seed = seed;
    this.#clock = clock;
    this.#letsAdd = letsAdd;
  }

  /** Everything that happens in a group, right after it did. */
  get onNews(): Event<GroupNews> {
    return this.#news.event;
  }

  get all(): readonly Group[] {
    return [...this.#groups.values()];
  }

  /** @param jid with `@g.us` or without */
  get(jid: string): Group | undefined {
    return this.#groups.get(jid.replace(/@g\.us$/, ""));
  }

  /** The groups this person is in, oldest first. */
  of(account: Account): readonly Group[] {
    return this.all.filter((group) => group.has(account));
  }

  /** The group with this invite link. Throws 406 for a code that never was one, and 410 for one that was reset. */
  byLinkCode(code: string): Group {
    const group = this.all.find((each) => each.door.linkCode === code);
    if (group !== undefined) return group;
    const wasReset = this.all.some((each) => each.door.wasLinkCode(code));
    throw wasReset
      ? new GroupRefusal(410, "The invite link was reset")
      : new GroupRefusal(406, "No group has this invite link");
  }

  create(by: Account, wish: NewGroup): MadeGroup {
    return this.#finish(this.#make(by, wish), wish);
  }

  /** A group inside a community. Throws 403 when the person may make none there. */
  createIn(community: Community, by: Account, wish: NewGroup): MadeGroup {
    if (!community.mayExtend(by)) {
      throw new GroupRefusal(403, "The person may not add to this community");
    }
    const made = this.create(by, wish);
    community.take(by, made.group);
    return made;
  }

  /** Makes the parent, its announcements, and a general chat when wished for. */
  createCommunity(by: Account, wish: NewCommunity): MadeGroup & { readonly community: Community } {
    const { subject, generalChat = false, approvalOfSubGroups } = wish;
    const parent = this.#make(by, wish);
    const announcements = this.#make(by, { subject, settings: { announce: true } });
    const community = new Community({ parent, announcements, approvalOfSubGroups });
    const made = this.#finish(parent, wish);
    this.#finish(announcements, { subject });
    if (generalChat) {
      const { group } = this.create(by, { subject: "General" });
      community.take(by, group, "general-chat");
    }
    return { ...made, community };
  }

  /** Ends a community: its parent and its announcements are gone. */
  dissolve(community: Community, by: Account): void {
    community.dissolve(by);
    this.#groups.delete(community.parent.id);
    this.#groups.delete(community.announcements.id);
  }

  toSnapshot(): GroupsSnapshot {
    const communities = new Set(this.all.flatMap(({ community }) => community ?? []));
    return {
      made: this.#count,
      groups: this.all.map((group) => group.toSnapshot()),
      communities: [...communities].map((community) => community.toSnapshot()),
    };
  }

  /** A group that is known already stays the same object, so that a test may go on with the one it holds. */
  fromSnapshot({ made, groups, communities }: GroupsSnapshot, who: FindAccount): void {
    const before = new Map(this.#groups);
    const ofParents = new Map(this.all.map((group) => [group.id, group.community]));
    this.#groups.clear();
    this.#count = made;
    for (const each of groups) {
      const group = before.get(each.id) ?? this.#put(each, who);
      group.fromSnapshot(each, who);
      this.#groups.set(group.id, group);
    }
    for (const each of communities) {
      const parent = this.#known(each.parent);
      const announcements = this.#known(each.announcements);
      const known = ofParents.get(parent.id);
      const same = known !== undefined && known.parent === parent;
      const community = same ? known : new Community({ parent, announcements });
      community.fromSnapshot(each, (id) => this.#known(id));
    }
  }

  #put({ id, seed, creator, subject }: GroupSnapshot, who: FindAccount): Group {
    const random = new SeededStream({ seed });
    return this.#build({ id, creator: who(creator), subject: subject.text, random });
  }

  #known(id: string): Group {
    const group = this.#groups.get(id);
    if (group !== undefined) return group;
    throw new MockServerError(
      "MOCK_BAD_SNAPSHOT",
      "The snapshot speaks of a group it does not hold: take it again",
    );
  }

  #make(by: Account, { subject, settings, description }: NewGroup): Group {
    const random = new SeededStream(this.#seed.fork(`group ${++this.#count}`));
    const id = ID_PREFIX + digits(random, ID_DIGITS);
    const chosen = settings === undefined ? {} : { settings };
    const group = this.#build({ id, creator: by, subject, random, ...chosen });
    if (description !== undefined) group.describe(by, { ...description, prev: undefined });
    return group;
  }

  #build(parts: Omit<GroupParts, "now" | "letsAdd" | "publish">): Group {
    const group = new Group({
      ...parts,
      now: () => Math.floor(this.#clock.now() / 1000),
      letsAdd: this.#letsAdd,
      publish: (news) => {
        // A group that is being made has not been heard of.
        if (this.#groups.has(group.id)) this.#news.emit(news);
      },
    });
    return group;
  }

  #finish(group: Group, { people = [], admins = [] }: NewGroup): MadeGroup {
    const others = people.filter((person) => person !== group.creator);
    const outcomes = group.membership.add(group.creator, others);
    group.membership.promote(group.creator, admins);
    this.#groups.set(group.id, group);
    group.announceCreated();
    return { group, outcomes };
  }
}

function digits(random: Random, count: number): string {
  return Array.from({ length: count }, () => Math.floor(random.next() * 10)).join("");
}
