import type { Account } from "./account.ts";
import type { UnlinkReason } from "./group-news.ts";
import type { Group } from "./group.ts";
import { GroupRefusal } from "./group-refusal.ts";

export interface CommunityParts {
  readonly parent: Group;
  readonly announcements: Group;
  /** Whether groups made in it ask for approval, as the client wrote it. */
  readonly approvalOfSubGroups?: string | undefined;
}

/** Groups by their ids. */
export interface CommunitySnapshot {
  readonly parent: string;
  readonly announcements: string;
  readonly approvalOfSubGroups?: string | undefined;
  readonly generalChat?: string | undefined;
  readonly linked: readonly string[];
}

/** What a group is to its community. */
export type CommunityPlace = "parent" | "announcements" | "general-chat" | "sub-group";

/**
 * Groups under one parent. Everybody in one of them is also in the parent and in its announcements, and those two
 * have the same people and the same admins: who leaves one of the two leaves every group of the community.
 */
export class Community {
  readonly parent: Group;
  announcements: Group;
  approvalOfSubGroups: string | undefined;
  #generalChat: Group | undefined;
  readonly #linked = new Set<Group>();

  constructor({ parent, announcements, approvalOfSubGroups }: CommunityParts) {
    this.parent = parent;
    this.announcements = announcements;
    this.approvalOfSubGroups = approvalOfSubGroups;
    parent.community = this;
    announcements.community = this;
  }

  /** The groups under the parent, its announcements first. */
  get subGroups(): readonly Group[] {
    return [this.announcements, ...this.#linked];
  }

  placeOf(group: Group): CommunityPlace {
    if (group === this.parent) return "parent";
    if (group === this.announcements) return "announcements";
    return group === this.#generalChat ? "general-chat" : "sub-group";
  }

  /** The announcements of the parent, the parent of the announcements. */
  twinOf(group: Group): Group | undefined {
    if (group === this.parent) return this.announcements;
    return group === this.announcements ? this.parent : undefined;
  }

  /** Whether this person may make groups in the community, or link them. */
  mayExtend(account: Account): boolean {
    const { parent } = this;
    return parent.settings.allowNonAdminSubGroupCreation
      ? parent.has(account)
      : parent.isAdmin(account);
  }

  /** Takes a group in, with everybody in it. Throws 403, or 409 when it belongs to a community. */
  link(by: Account, group: Group): void {
    if (group.community !== undefined) {
      throw new GroupRefusal(409, "The group belongs to a community already");
    }
    if (!this.mayExtend(by))
      throw new GroupRefusal(403, "The person may not add to this community");
    group.requireAdmin(by);
    this.take(by, group);
  }

  /** Takes a group in without asking anybody. */
  take(by: Account, group: Group, place: "general-chat" | "sub-group" = "sub-group"): void {
    if (place === "general-chat") this.#generalChat = group;
    this.#linked.add(group);
    group.community = this;
    group.announce(by, { kind: "linked", other: this.parent });
    this.parent.announce(by, { kind: "linked", other: group });
    this.onAdmitted(
      by,
      group.members.map(({ account }) => account),
    );
  }

  /** Throws 403, or 404 when the group is not linked. Its people stay in the community, or go when told so. */
  unlink(
    by: Account,
    group: Group,
    { removeOrphans = false }: { readonly removeOrphans?: boolean } = {},
  ): void {
    this.parent.requireAdmin(by);
    if (!this.#linked.has(group)) {
      throw new GroupRefusal(404, "The group is not linked to this community");
    }
    this.#release(by, group, "unlink_group");
    if (!removeOrphans) return;
    const orphans = group.members
      .map(({ account }) => account)
      .filter((account) => !this.parent.isAdmin(account))
      .filter((account) => ![...this.#linked].some((each) => each.has(account)));
    this.parent.membership.dismiss(by, orphans);
  }

  /** Ends the community. The groups in it go on by themselves. */
  dissolve(by: Account): void {
    this.parent.requireAdmin(by);
    for (const group of this.#linked) this.#release(by, group, "delete_parent");
    for (const group of [this.announcements, this.parent]) {
      const who = group.members.map(({ account }) => account);
      group.announce(by, { kind: "deleted", who });
    }
  }

  /** Called by a group that has taken people in. */
  onAdmitted(by: Account | undefined, people: readonly Account[]): void {
    this.parent.membership.admit(by, people);
    this.announcements.membership.admit(by, people);
  }

  /** Called by a group that has lost people. */
  onDismissed(group: Group, by: Account | undefined, people: readonly Account[]): void {
    if (this.twinOf(group) === undefined) return;
    for (const each of [this.parent, ...this.subGroups]) each.membership.dismiss(by, people);
  }

  toSnapshot(): CommunitySnapshot {
    return {
      parent: this.parent.id,
      announcements: this.announcements.id,
      approvalOfSubGroups: this.approvalOfSubGroups,
      generalChat: this.#generalChat?.id,
      linked: [...this.#linked].map(({ id }) => id),
    };
  }

  fromSnapshot(snapshot: CommunitySnapshot, find: (id: string) => Group): void {
    const { generalChat } = snapshot;
    this.announcements = find(snapshot.announcements);
    this.approvalOfSubGroups = snapshot.approvalOfSubGroups;
    this.#generalChat = generalChat === undefined ? undefined : find(generalChat);
    this.#linked.clear();
    for (const id of snapshot.linked) this.#linked.add(find(id));
    for (const group of [this.parent, ...this.subGroups]) group.community = this;
  }

  #release(by: Account, group: Group, reason: UnlinkReason): void {
    this.#linked.delete(group);
    if (group === this.#generalChat) this.#generalChat = undefined;
    group.community = undefined;
    group.announce(by, { kind: "unlinked", other: this.parent, reason });
    this.parent.announce(by, { kind: "unlinked", other: group, reason });
  }
}
