import { ManualClock } from "@motte/core/manual-clock";
import { seededRandom } from "@motte/core/random";
import { Account } from "../../src/world/account.ts";
import type { GroupNews } from "../../src/world/group-news.ts";
import type { GroupMember, GroupRole } from "../../src/world/group-members.ts";
import type { Group } from "../../src/world/group.ts";
import { Groups } from "../../src/world/groups.ts";
import type { PrimaryDevice } from "../../src/world/primary-device.ts";

/** A person without any device: groups never look at those. */
export function person(number: number): Account {
  return new Account({
    name: `Person ${number}`,
    phoneNumber: `1555000000${number}`,
    lidUser: `1000000000${number}`,
    primary: () => ({}) as PrimaryDevice,
  });
}

export interface GroupWorld {
  readonly groups: Groups;
  readonly clock: ManualClock;
  readonly news: GroupNews[];
}

export function groupWorld(
  letsAdd: (account: Account, by: Account) => boolean = () => true,
): GroupWorld {
  const clock = new ManualClock();
  const groups = new Groups({ seed: seededRandom("groups"), clock, letsAdd });
  const news: GroupNews[] = [];
  groups.onNews((each) => news.push(each));
  return { groups, clock, news };
}

type Roles = Map<Account, GroupRole>;

export function roles(members: readonly GroupMember[]): Roles {
  return new Map(members.map(({ account, role }) => [account, role]));
}

/** Knows each group only from the news that one person is told, as a client does. */
export class Onlooker {
  readonly #person: Account;
  readonly #views = new Map<Group, Roles>();

  constructor(account: Account, groups: Groups) {
    this.#person = account;
    groups.onNews((news) => this.#onNews(news));
  }

  view(group: Group): Roles | undefined {
    return this.#views.get(group);
  }

  #onNews({ group, change }: GroupNews): void {
    const view = this.#views.get(group);
    const concernsMe = "who" in change && change.who.includes(this.#person);
    if (view === undefined) {
      if (
        change.kind === "created" ? group.has(this.#person) : change.kind === "added" && concernsMe
      )
        this.#views.set(group, roles(group.members));
      return;
    }
    if (!("who" in change)) return;
    if (concernsMe && (change.kind === "removed" || change.kind === "deleted")) {
      this.#views.delete(group);
      return;
    }
    for (const account of change.who) {
      if (change.kind === "added") view.set(account, "member");
      else if (change.kind === "removed") view.delete(account);
      else if (change.kind === "promoted") view.set(account, "admin");
      else if (change.kind === "demoted") view.set(account, "member");
    }
  }
}
