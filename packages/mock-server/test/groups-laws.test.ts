import { hasCode } from "@motte/core/errors";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Account } from "../src/world/account.ts";
import type { Community } from "../src/world/communities.ts";
import type { Group } from "../src/world/group.ts";
import { Onlooker, groupWorld, person, roles } from "./support/groups.ts";

const PEOPLE = 5;
const anyone = fc.nat(PEOPLE - 1);
const some = fc.uniqueArray(anyone, { minLength: 1, maxLength: 2 });

/** One thing that people try with a group; most are refused to somebody. */
const attempt = fc.record({
  what: fc.constantFrom(
    "add",
    "remove",
    "promote",
    "demote",
    "leave",
    "join",
    "ask",
    "approve",
    "reject",
    "withdraw",
    "invite",
    "accept",
    "lock-adding",
    "ask-first",
    "reset-link",
  ),
  by: anyone,
  who: some,
  /** Which group, where there are several. */
  where: fc.nat(3),
  on: fc.boolean(),
});

type Attempt = typeof attempt extends fc.Arbitrary<infer Value> ? Value : never;

function perform(group: Group, people: readonly Account[], { what, by, who, on }: Attempt): void {
  const pick = (index: number): Account => {
    const found = people[index];
    if (found === undefined) throw new Error("no such person");
    return found;
  };
  const actor = pick(by);
  const others = who.map(pick);
  const { door } = group;
  const acts: Record<Attempt["what"], () => unknown> = {
    add: () => group.membership.add(actor, others),
    remove: () => group.membership.remove(actor, others),
    promote: () => group.membership.promote(actor, others),
    demote: () => group.membership.demote(actor, others),
    leave: () => group.membership.leave(actor),
    join: () => door.join(actor, "invite"),
    ask: () => door.request(actor, "invite_link"),
    approve: () => door.approve(actor, others),
    reject: () => door.reject(actor, others),
    withdraw: () => door.withdraw(actor),
    invite: () => door.invite(actor, pick(who[0] ?? 0)),
    accept: () => door.accept(actor, door.invitations.of(actor)?.code ?? "none"),
    "lock-adding": () =>
      group.configure(actor, { memberAddMode: on ? "admin_add" : "all_member_add" }),
    "ask-first": () => group.configure(actor, { joinApproval: on }),
    "reset-link": () => door.resetLink(actor),
  };
  acts[what]();
}

/** True when it was refused. */
function refused(act: () => void): boolean {
  try {
    act();
    return false;
  } catch (error) {
    if (!hasCode(error, "MOCK_GROUP_REFUSED")) throw error;
    return true;
  }
}

function stateOf(group: Group): unknown {
  const { subject, description, settings, version, door } = group;
  const waiting = door.requests.map(({ account }) => account.name);
  const members = [...roles(group.members)].map(([{ name }, role]) => [name, role]);
  return { subject, description, settings, version, link: door.linkCode, waiting, members };
}

describe("a group, whatever people try with it", () => {
  test("looks the same to all who are in it, and to nobody else", () => {
    fc.assert(
      fc.property(some, fc.array(attempt, { maxLength: 25 }), (first, attempts) => {
        const { groups } = groupWorld();
        const people = Array.from({ length: PEOPLE }, (_, index) => person(index));
        const onlookers = people.map((each) => new Onlooker(each, groups));
        const [creator, ...others] = first.map((index) => people[index]).filter((each) => !!each);
        if (creator === undefined) return;
        const { group } = groups.create(creator, { subject: "Laws", people: others });

        for (const each of attempts) refused(() => perform(group, people, each));

        for (const [index, account] of people.entries()) {
          const view = onlookers[index]?.view(group);
          expect(view).toEqual(group.has(account) ? roles(group.members) : undefined);
        }
      }),
    );
  });

  test("has an admin while it has members, and one superadmin at most: who made it", () => {
    fc.assert(
      fc.property(fc.array(attempt, { maxLength: 25 }), (attempts) => {
        const { groups } = groupWorld();
        const people = Array.from({ length: PEOPLE }, (_, index) => person(index));
        const [creator] = people;
        if (creator === undefined) return;
        const { group } = groups.create(creator, {
          subject: "Laws",
          people: people.slice(0, 2),
        });

        for (const each of attempts) {
          refused(() => perform(group, people, each));

          const { members } = group;
          const superadmins = members.filter(({ role }) => role === "superadmin");
          expect(members.length === 0 || members.some(({ role }) => role !== "member")).toBe(true);
          expect(superadmins.every(({ account }) => account === creator)).toBe(true);
          expect(group.door.requests.some(({ account }) => group.has(account))).toBe(false);
        }
      }),
    );
  });

  test("stays as it was when something is refused, and nobody hears of it", () => {
    fc.assert(
      fc.property(fc.array(attempt, { maxLength: 15 }), attempt, (attempts, last) => {
        const { groups, news } = groupWorld();
        const people = Array.from({ length: PEOPLE }, (_, index) => person(index));
        const [creator] = people;
        if (creator === undefined) return;
        const { group } = groups.create(creator, { subject: "Laws", people: people.slice(0, 3) });
        for (const each of attempts) refused(() => perform(group, people, each));
        const before = stateOf(group);
        const heard = news.length;

        fc.pre(refused(() => perform(group, people, last)));

        expect(stateOf(group)).toEqual(before);
        expect(news).toHaveLength(heard);
      }),
    );
  });
});

describe("a community, whatever people try with its groups", () => {
  test("has everybody from its groups in the parent and the announcements, in the same roles", () => {
    fc.assert(
      fc.property(fc.array(attempt, { maxLength: 25 }), (attempts) => {
        const { groups } = groupWorld();
        const people = Array.from({ length: PEOPLE }, (_, index) => person(index));
        const onlookers = people.map((each) => new Onlooker(each, groups));
        const [creator, other] = people;
        if (creator === undefined || other === undefined) return;
        const { community } = groups.createCommunity(creator, { subject: "Town", people: [other] });
        const { group } = groups.createIn(community, creator, { subject: "Street", people });
        groups.createIn(community, creator, { subject: "Park", people: [other] });

        for (const each of attempts) {
          const places = [community.parent, ...community.subGroups];
          refused(() => perform(places[each.where] ?? group, people, each));

          expectOneCommunity(community);
        }
        for (const each of [community.parent, ...community.subGroups]) {
          for (const [index, account] of people.entries()) {
            const view = onlookers[index]?.view(each);
            expect(view).toEqual(each.has(account) ? roles(each.members) : undefined);
          }
        }
      }),
    );
  });
});

function expectOneCommunity({ parent, announcements, subGroups }: Community): void {
  expect(roles(announcements.members)).toEqual(roles(parent.members));
  for (const group of subGroups) {
    expect(group.members.filter(({ account }) => !parent.has(account))).toEqual([]);
  }
}
