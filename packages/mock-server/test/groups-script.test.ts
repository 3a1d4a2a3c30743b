import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Contact, GroupRefusal, MockServer } from "@motte/mock-server";
import { subGroupsData } from "../src/handlers/groups/sub-groups-query.ts";
import type { Group } from "../src/world/group.ts";
import { groupWorld, person } from "./support/groups.ts";

let server: MockServer;
let ana: Contact;
let ben: Contact;
let cleo: Contact;

beforeAll(async () => {
  server = await MockServer.start();
  ana = server.contact({ name: "Ana" });
  ben = server.contact({ name: "Ben" });
  cleo = server.contact({ name: "Cleo" });
});

afterAll(() => server.close());

const usage = (code: string): unknown => expect.objectContaining({ code });

/** The error a client would get. */
function refusal(act: () => void): unknown {
  try {
    act();
  } catch (error) {
    if (error instanceof GroupRefusal) return error.status;
    throw error;
  }
  return "granted";
}

describe("a group made by a script", () => {
  test("is what was asked for, and the same for whoever looks", () => {
    const group = server.group({
      subject: "Script",
      members: [ana, ben, cleo],
      admins: [ben],
      description: "By hand",
      settings: { announce: true },
    });

    expect(group).toMatchObject({ subject: "Script", description: "By hand", joinRequests: [] });
    expect(group.settings).toMatchObject({ announce: true, locked: false });
    expect(group.members.map(({ name, role }) => [name, role])).toEqual([
      ["Ana", "superadmin"],
      ["Ben", "admin"],
      ["Cleo", "member"],
    ]);
    expect(group.members[2]).toMatchObject({ pn: cleo.pn, lid: cleo.lid });
    const [seen] = server.groups.filter(({ jid }) => jid === group.jid);
    expect(seen?.members).toEqual(group.members);
  });

  test("needs members and a subject, and admins who are members", async () => {
    await using other = await MockServer.start();
    const make =
      (options: object): (() => unknown) =>
      () =>
        server.group({ subject: "Bad", members: [ana], ...options });

    expect(make({ members: [] })).toThrow(usage("USAGE_INVALID_OPTION"));
    expect(make({ admins: [ben] })).toThrow(usage("USAGE_INVALID_OPTION"));
    expect(make({ members: [other.contact()] })).toThrow(usage("USAGE_INVALID_OPTION"));
    expect(make({ title: "Bad" })).toThrow(usage("USAGE_UNKNOWN_OPTION"));
    expect(make({ subject: "" })).toThrow(usage("MOCK_GROUP_REFUSED"));
    expect(server.groups.some(({ subject }) => subject === "Bad")).toBe(false);
  });

  test("refuses what the person may not do, with the error a client would get", () => {
    const group = server.group({ subject: "Rules", members: [ana, ben] });

    expect(refusal(() => group.remove(ana, { by: ben }))).toBe(403);
    expect(refusal(() => group.add(ben))).toBe(409);
    expect(refusal(() => group.remove(cleo))).toBe(404);
    expect(refusal(() => group.leave(cleo))).toBe(404);
    expect(refusal(() => group.setSubject(""))).toBe(406);
    expect(refusal(() => group.setSubject("Theirs", { by: cleo }))).toBe(403);
    expect(refusal(() => group.cancelRequest(cleo))).toBe(404);
    expect(refusal(() => group.approve(cleo))).toBe(404);
    expect(refusal(() => group.requestToJoin(ben))).toBe(409);
    expect(refusal(() => group.setSettings({ announce: true }, { by: ben }))).toBe(403);
    expect(refusal(() => group.add([cleo], { by: ben }))).toBe("granted");
    expect(group.subject).toBe("Rules");
    expect(() => group.setSettings({ anounce: true } as object)).toThrow(
      expect.objectContaining({ code: "USAGE_UNKNOWN_OPTION" }),
    );
  });

  test("has somebody else in charge when its last admin leaves", () => {
    const group = server.group({ subject: "Heirs", members: [ana, ben, cleo] });

    group.leave(ana);

    expect(group.members.map(({ name, role }) => [name, role])).toEqual([
      ["Ben", "admin"],
      ["Cleo", "member"],
    ]);
  });

  test("has somebody else in charge when its last admin is one no more, or the same when there is nobody else", () => {
    const group = server.group({ subject: "Heirs", members: [ana, ben, cleo] });
    group.leave(ana);

    group.demote(ben, { by: ben });
    const roles = group.members.map(({ name, role }) => [name, role]);
    group.leave(ben);
    group.demote(cleo, { by: cleo });

    expect(roles).toEqual([
      ["Ben", "member"],
      ["Cleo", "admin"],
    ]);
    expect(group.members.map(({ name, role }) => [name, role])).toEqual([["Cleo", "admin"]]);
  });
});

describe("the rules", () => {
  test("who left is added again after a day, and who minds is invited instead", async () => {
    const [creator, leaver, shy] = [person(1), person(2), person(3)];
    const { groups, clock } = groupWorld((account) => account !== shy);
    const { group, outcomes } = groups.create(creator, {
      subject: "Time",
      people: [leaver, shy],
    });
    group.membership.leave(leaver);

    expect(outcomes.get(shy)).toMatchObject({ status: 403, invitation: { by: creator } });
    expect(group.membership.add(creator, [leaver]).get(leaver)).toMatchObject({ status: 408 });
    await clock.advance(24 * 60 * 60 * 1000);
    expect(group.membership.add(creator, [leaver]).get(leaver)).toEqual({ status: 200 });
  });

  test("an invitation ends after three days", async () => {
    const [creator, guest, late] = [person(1), person(2), person(3)];
    const { groups, clock } = groupWorld();
    const { group } = groups.create(creator, { subject: "Time" });
    const { door } = group;
    const [first, second] = [door.invite(creator, guest), door.invite(creator, late)];

    await clock.advance(3 * 24 * 60 * 60 * 1000 - 1000);
    door.accept(guest, first.code);
    await clock.advance(1000);

    expect(group.has(guest)).toBe(true);
    expect(() => door.accept(late, second.code)).toThrow(expect.objectContaining({ status: 410 }));
  });

  test("in a group for announcements only admins may write, and nobody else ever", () => {
    const [creator, member, stranger] = [person(1), person(2), person(3)];
    const { groups } = groupWorld();
    const { group } = groups.create(creator, { subject: "Send", people: [member] });
    const senders = (): readonly boolean[] =>
      [creator, member, stranger].map((each) => group.maySend(each));

    expect(senders()).toEqual([true, true, false]);
    group.configure(creator, { announce: true });
    expect(senders()).toEqual([true, false, false]);
  });

  test("a group nobody is left in cannot be joined", () => {
    const [creator, other] = [person(1), person(2)];
    const { groups } = groupWorld();
    const { group } = groups.create(creator, { subject: "Empty" });
    group.membership.leave(creator);

    expect(() => group.door.join(other, "invite")).toThrow(
      expect.objectContaining({ status: 410 }),
    );
    expect(groups.of(creator)).toEqual([]);
  });
});

test("the groups of a community can be asked for through mex", () => {
  const [creator, other, stranger] = [person(1), person(2), person(3)];
  const { groups } = groupWorld();
  const { community } = groups.createCommunity(creator, {
    subject: "Town",
    people: [other],
    generalChat: true,
  });
  const ask = (by: typeof creator, { jid }: Pick<Group, "jid">): unknown =>
    subGroupsData(groups, { by, jid });

  const data = ask(other, community.parent);

  const [announcements, general] = community.subGroups;
  expect(data).toEqual({
    xwa2_group_query_by_id: {
      id: community.parent.jid,
      default_sub_group: {
        id: announcements?.jid,
        subject: { value: "Town" },
        participants_count: 2,
        total_participants_count: 2,
        properties: { general_chat: false },
      },
      sub_groups: {
        edges: [
          {
            node: {
              id: general?.jid,
              subject: { value: "General" },
              participants_count: 1,
              total_participants_count: 1,
              properties: { general_chat: true },
            },
          },
        ],
      },
    },
  });
  expect(() => ask(stranger, community.parent)).toThrow(expect.objectContaining({ status: 403 }));
  expect(() => ask(creator, { jid: "120363000000000000@g.us" })).toThrow(
    expect.objectContaining({ status: 404 }),
  );
});
