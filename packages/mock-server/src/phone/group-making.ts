import { UsageError } from "@motte/core/errors";
import { assertKnownOptions } from "@motte/core/options";
import type { ServerContext } from "../context.ts";
import type { Account } from "../world/account.ts";
import type { Community } from "../world/communities.ts";
import { GroupRefusal } from "../world/group-refusal.ts";
import type { GroupSettings } from "../world/group-settings.ts";
import type { Group } from "../world/group.ts";
import type { NewGroup } from "../world/groups.ts";
import { MockGroup, type GroupActOptions, accountOf } from "./group.ts";
import type { Person } from "./person.ts";

/** A group as it is made. */
export interface GroupOptions {
  /** The name of the group. */
  readonly subject: string;
  /** Phones and contacts. The first one makes the group and is its superadmin. */
  readonly members: readonly Person[];
  /** Members who are admins from the start. @defaultValue only who makes the group */
  readonly admins?: readonly Person[];
  /** What the group says of itself. @defaultValue none */
  readonly description?: string;
  /** @defaultValue those of a group made in the app: everybody may write, add people and change the subject */
  readonly settings?: Partial<GroupSettings>;
}

const GROUP_OPTIONS = [
  "subject",
  "members",
  "admins",
  "description",
  "settings",
] as const satisfies readonly (keyof GroupOptions)[];

/** A community: groups under a parent. The handle is that of the parent. */
export class MockCommunity extends MockGroup {
  readonly #community: Community;
  readonly #context: ServerContext;

  /** @internal */
  constructor(community: Community, context: ServerContext) {
    super({ group: community.parent, context });
    this.#community = community;
    this.#context = context;
  }

  /** The group everybody in the community is in, where only admins write. */
  get announcements(): MockGroup {
    return new MockGroup({ group: this.#community.announcements, context: this.#context });
  }

  /** The JIDs of the groups under the parent, the announcements first. */
  get subGroups(): readonly string[] {
    return this.#community.subGroups.map(({ jid }) => jid);
  }

  /** Takes a group in, and everybody in it. The person has to be an admin of both. */
  link({ jid }: MockGroup, { by }: GroupActOptions = {}): void {
    this.#community.link(this.#actor(by), known(jid, this.#context));
  }

  /** Lets a group go. Its people stay in the community. */
  unlink({ jid }: MockGroup, { by }: GroupActOptions = {}): void {
    this.#community.unlink(this.#actor(by), known(jid, this.#context));
  }

  #actor(by: Person | undefined): Account {
    return by === undefined ? this.#community.parent.creator : accountOf(by, this.#context);
  }
}

/** @internal */
export function makeGroup(options: GroupOptions, context: ServerContext): MockGroup {
  const { creator, wish } = readOptions("server.group", options, context);
  const { group } = context.world.groups.create(creator, wish);
  return new MockGroup({ group, context });
}

/** @internal */
export function makeCommunity(options: GroupOptions, context: ServerContext): MockCommunity {
  const { creator, wish } = readOptions("server.community", options, context);
  const { community } = context.world.groups.createCommunity(creator, wish);
  return new MockCommunity(community, context);
}

/** @internal Every group there is, also those that clients made. */
export function allGroups(context: ServerContext): readonly MockGroup[] {
  return context.world.groups.all.map((group) => new MockGroup({ group, context }));
}

interface ReadOptions {
  readonly creator: Account;
  readonly wish: NewGroup;
}

function readOptions(where: string, options: GroupOptions, context: ServerContext): ReadOptions {
  assertKnownOptions(where, options, GROUP_OPTIONS);
  const { subject, members, admins = [], description, settings } = options;
  const people = members.map((person) => accountOf(person, context));
  const [creator] = people;
  if (creator === undefined) {
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      `${where} needs members, and the first of them makes it`,
    );
  }
  const chosen = admins.map((person) => accountOf(person, context));
  if (!chosen.every((each) => people.includes(each))) {
    throw new UsageError("USAGE_INVALID_OPTION", "admins must be among the members");
  }
  return {
    creator,
    wish: {
      subject,
      people,
      admins: chosen,
      ...(settings === undefined ? {} : { settings }),
      ...(description === undefined
        ? {}
        : { description: { id: context.nextId(), text: description } }),
    },
  };
}

function known(jid: string, { world }: ServerContext): Group {
  const group = world.groups.get(jid);
  if (group === undefined) throw new GroupRefusal(404, "There is no such group on this server");
  return group;
}
