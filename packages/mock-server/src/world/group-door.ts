import type { FindAccount } from "../snapshot/part.ts";
import type { Account } from "./account.ts";
import type {
  GroupInvitations,
  GroupInvitationsSnapshot,
  Invitation,
} from "./group-invitations.ts";
import type { JoinReason, RequestMethod } from "./group-news.ts";
import { type MemberOutcomes, OK, accepted } from "./group-outcomes.ts";
import { GroupRefusal } from "./group-refusal.ts";
import { GroupRequests, type GroupRequestsSnapshot, type JoinRequest } from "./group-requests.ts";
import type { Group } from "./group.ts";

export interface GroupDoorParts {
  readonly group: Group;
  readonly invitations: GroupInvitations;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

export interface GroupDoorSnapshot {
  readonly invitations: GroupInvitationsSnapshot;
  readonly requests: GroupRequestsSnapshot;
  readonly voidLinks: readonly string[];
}

/** The ways into a group that start outside: its link, invitations for one person, requests to its admins. */
export class GroupDoor {
  readonly invitations: GroupInvitations;
  readonly #group: Group;
  readonly #now: () => number;
  readonly #requests = new GroupRequests();
  readonly #voidLinks = new Set<string>();

  constructor({ group, invitations, now }: GroupDoorParts) {
    this.#group = group;
    this.invitations = invitations;
    this.#now = now;
  }

  get linkCode(): string {
    return this.invitations.linkCode;
  }

  /** Those who wait for an admin, oldest first. */
  get requests(): readonly JoinRequest[] {
    return this.#requests.list;
  }

  /** The code of the invite link, for those who may see it; 401 for others. */
  linkCodeFor(by: Account): string {
    const group = this.#group;
    group.requireMember(by);
    if (group.settings.memberLinkMode === "admin_link" && !group.isAdmin(by)) {
      throw new GroupRefusal(401, "Only admins of the group see its invite link");
    }
    return this.linkCode;
  }

  resetLink(by: Account): void {
    this.#group.requireAdmin(by);
    this.#voidLinks.add(this.invitations.resetLink());
    this.#group.announce(by, { kind: "invite-link" });
  }

  /** Whether this was the code of the link before it was reset. */
  wasLinkCode(code: string): boolean {
    return this.#voidLinks.has(code);
  }

  /** By link or through the community. Returns whether the person is in, or waits for an admin. */
  join(account: Account, reason: JoinReason): "joined" | "waiting" {
    const group = this.#group;
    this.#requireOutside(account);
    if (group.size === 0) throw new GroupRefusal(410, "Nobody is left in the group");
    if (group.departure(account)?.removed) {
      throw new GroupRefusal(401, "Who was removed comes back only when an admin adds them");
    }
    if (group.settings.joinApproval) {
      this.request(account, reason === "invite" ? "invite_link" : reason);
      return "waiting";
    }
    group.membership.admit(account, [account], reason);
    return "joined";
  }

  /** Puts a request before the admins. One who waits already goes on waiting. Throws 409 for one who is in it. */
  request(account: Account, method: RequestMethod, requestor?: Account): void {
    this.#requireOutside(account);
    const from = requestor === undefined ? {} : { requestor };
    if (!this.#requests.add({ account, method, at: this.#now(), ...from })) return;
    this.#group.announce(requestor ?? account, { kind: "join-requested", who: [account], method });
  }

  /** Lets waiting people in, or says 404 for those who do not wait. */
  approve(by: Account, people: readonly Account[]): MemberOutcomes {
    this.#group.requireAdmin(by);
    const outcomes = this.#requestOutcomes(people);
    this.#group.membership.admit(by, accepted(outcomes));
    return outcomes;
  }

  reject(by: Account, people: readonly Account[]): MemberOutcomes {
    this.#group.requireAdmin(by);
    const outcomes = this.#requestOutcomes(people);
    this.#drop(by, accepted(outcomes));
    return outcomes;
  }

  /** Takes the own request back. Throws 404 when there is none. */
  withdraw(account: Account): void {
    if (!this.#requests.has(account)) throw new GroupRefusal(404, "The person asked for nothing");
    this.#drop(account, [account]);
  }

  /** Invites one person, whatever they think of being added. Throws 409 for one who is in it. */
  invite(by: Account, person: Account): Invitation {
    this.#group.requireAdmin(by);
    this.#requireOutside(person);
    return this.invitations.invite(person, by, this.#now());
  }

  /** Comes in by an invitation of one's own. Throws 410 when it is void or out of time. */
  accept(account: Account, code: string): void {
    this.#requireOutside(account);
    const invitation = this.invitations.of(account);
    if (invitation?.code !== code || invitation.expiration <= this.#now()) {
      throw new GroupRefusal(410, "The invitation is not valid any more");
    }
    this.#group.membership.admit(invitation.by, [account]);
  }

  /** 404 for those who have no invitation. */
  revokeInvitations(by: Account, people: readonly Account[]): MemberOutcomes {
    this.#group.requireAdmin(by);
    return new Map(
      people.map((each) => [each, this.invitations.revoke(each) ? OK : { status: 404 }]),
    );
  }

  /** Called for one who is in now: what was open about them is settled. */
  forget(account: Account): void {
    this.#requests.drop(account);
    this.invitations.revoke(account);
  }

  toSnapshot(): GroupDoorSnapshot {
    return {
      invitations: this.invitations.toSnapshot(),
      requests: this.#requests.toSnapshot(),
      voidLinks: [...this.#voidLinks],
    };
  }

  fromSnapshot({ invitations, requests, voidLinks }: GroupDoorSnapshot, who: FindAccount): void {
    this.invitations.fromSnapshot(invitations, who);
    this.#requests.fromSnapshot(requests, who);
    this.#voidLinks.clear();
    for (const code of voidLinks) this.#voidLinks.add(code);
  }

  #requireOutside(account: Account): void {
    if (this.#group.has(account)) {
      throw new GroupRefusal(409, "The person is in the group already");
    }
  }

  #requestOutcomes(people: readonly Account[]): MemberOutcomes {
    return new Map(people.map((each) => [each, this.#requests.has(each) ? OK : { status: 404 }]));
  }

  #drop(by: Account, who: readonly Account[]): void {
    for (const person of who) this.#requests.drop(person);
    if (who.length > 0) this.#group.announce(by, { kind: "join-request-dropped", who });
  }
}
