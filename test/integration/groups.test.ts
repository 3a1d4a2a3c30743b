import type { MockGroup } from "@motte/mock-server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type GroupClient, type GroupStage, groupStage } from "../support/group-stage.ts";

let stage: GroupStage;

beforeAll(async () => {
  stage = await groupStage();
});

afterAll(() => stage[Symbol.asyncDispose]());

function groupOf(jid: string): MockGroup {
  const group = stage.server.groups.find((each) => each.jid === jid);
  if (group === undefined) throw new Error("There is no such group");
  return group;
}

/** Everybody in the group fetches the same metadata, and the others are refused. */
async function expectOneView(group: MockGroup): Promise<void> {
  const expected = group.members.map(({ lid, pn, role }) => ({
    id: lid,
    phoneNumber: pn,
    admin: role === "member" ? null : role,
  }));
  const clients = [stage.ada, stage.bob, stage.cleo];
  const inside = clients.filter(({ phone }) => group.role(phone) !== undefined);
  const outside = clients.filter((client) => !inside.includes(client));
  for (const { sock } of outside) {
    await expect(sock.groupMetadata(group.jid)).rejects.toMatchObject({ data: 403 });
  }
  for (const { sock } of inside) {
    const { subject, desc, announce, restrict, participants } = await sock.groupMetadata(group.jid);
    const seen = participants.map(({ id, phoneNumber, admin }) => ({ id, phoneNumber, admin }));
    expect(seen).toEqual(expected);
    expect([subject, desc, announce, restrict]).toEqual([
      group.subject,
      group.description,
      group.settings.announce,
      group.settings.locked,
    ]);
  }
}

/**
 * Everybody named hears these lines and no others. In which order they are told says nothing: Baileys holds some
 * kinds of events back, and tells them together.
 */
async function expectNews(
  jid: string,
  expected: readonly (readonly [GroupClient, readonly string[]])[],
): Promise<void> {
  for (const [client, lines] of expected) {
    await client.hearsMuch(jid, lines.length);
    expect({ [client.name]: client.news(jid).toSorted() }).toEqual({
      [client.name]: lines.toSorted(),
    });
  }
}

describe("three clients in a group", () => {
  test("hear who comes, goes and rises, and agree on it", async () => {
    const { ada, bob, cleo } = stage;
    const { id } = await ada.sock.groupCreate("Chess", [bob.phone.pn]);
    const group = groupOf(id);
    await expectOneView(group);

    await ada.sock.groupParticipantsUpdate(id, [cleo.phone.lid], "add");
    await ada.sock.groupParticipantsUpdate(id, [cleo.phone.pn], "promote");
    await expectOneView(group);
    await cleo.sock.groupParticipantsUpdate(id, [bob.phone.pn], "remove");
    await expectOneView(group);
    await ada.sock.groupParticipantsUpdate(id, [cleo.phone.pn], "demote");
    await ada.sock.groupLeave(id);
    await expectOneView(group);

    await expectNews(id, [
      [
        ada,
        [
          "Chess is there, by Ada",
          "add Cleo, by Ada",
          "promote Cleo, by Ada",
          "remove Bob, by Cleo",
          "demote Cleo, by Ada",
          "remove Ada, by Ada",
        ],
      ],
      [
        bob,
        [
          "Chess is there, by Ada",
          "add Cleo, by Ada",
          "promote Cleo, by Ada",
          "remove Bob, by Cleo",
        ],
      ],
      [
        cleo,
        [
          "Chess is there, by Ada",
          "promote Cleo, by Ada",
          "remove Bob, by Cleo",
          "demote Cleo, by Ada",
          "remove Ada, by Ada",
          "promote Cleo, by nobody",
        ],
      ],
    ]);
    expect(ada.stubs(id)).toEqual([
      "GROUP_CREATE",
      "GROUP_PARTICIPANT_ADD",
      "GROUP_PARTICIPANT_PROMOTE",
      "GROUP_PARTICIPANT_REMOVE",
      "GROUP_PARTICIPANT_DEMOTE",
      "GROUP_PARTICIPANT_LEAVE",
    ]);
  });

  test("hear what it is called, what it is about and how it is set", async () => {
    const { ada, bob, cleo } = stage;
    const group = stage.server.group({
      subject: "Books",
      members: [ada.phone, bob.phone, cleo.phone],
      admins: [cleo.phone],
    });

    await bob.sock.groupUpdateSubject(group.jid, "Novels");
    await bob.sock.groupUpdateDescription(group.jid, "One a month");
    await cleo.sock.groupSettingUpdate(group.jid, "announcement");
    await cleo.sock.groupSettingUpdate(group.jid, "locked");
    await ada.sock.groupToggleEphemeral(group.jid, 86_400);
    await ada.sock.groupMemberAddMode(group.jid, "admin_add");
    await ada.sock.groupJoinApprovalMode(group.jid, "on");
    await ada.sock.groupSettingUpdate(group.jid, "not_announcement");
    await ada.sock.groupUpdateDescription(group.jid);
    const code = await ada.sock.groupRevokeInvite(group.jid);
    await cleo.hears(group.jid, `inviteCode ${code}, by Ada`);
    await ada.sock.groupSettingUpdate(group.jid, "unlocked");

    const lines = [
      "Books is there, by Ada",
      "subject Novels, by Bob",
      "desc One a month, by Bob",
      "announce true, by Cleo",
      "restrict true, by Cleo",
      "messages last 86400 s, by Ada",
      "memberAddMode false, by Ada",
      "joinApprovalMode true, by Ada",
      "announce false, by Ada",
      "desc gone, by Ada",
    ];
    const [reset, unlocked] = [`inviteCode ${code}, by Ada`, "restrict false, by Ada"];
    await expectNews(group.jid, [
      [ada, [...lines, reset, unlocked]],
      [bob, [...lines, unlocked]],
      [cleo, [...lines, reset, unlocked]],
    ]);
    await expectOneView(group);
    expect(bob.stubs(group.jid)).toEqual([
      "GROUP_CREATE",
      "GROUP_CHANGE_SUBJECT",
      "GROUP_CHANGE_DESCRIPTION",
      "GROUP_CHANGE_ANNOUNCE",
      "GROUP_CHANGE_RESTRICT",
      "GROUP_MEMBER_ADD_MODE",
      "GROUP_MEMBERSHIP_JOIN_APPROVAL_MODE",
      "GROUP_CHANGE_ANNOUNCE",
      "GROUP_CHANGE_DESCRIPTION",
      "GROUP_CHANGE_RESTRICT",
    ]);
  });

  test("come in by link, by request and by invitation", async () => {
    const { ada, bob, cleo } = stage;
    const { id } = await ada.sock.groupCreate("Doors", []);
    const group = groupOf(id);
    const code = String(await ada.sock.groupInviteCode(id));

    await expect(bob.sock.groupAcceptInvite(code)).resolves.toBe(id);
    await ada.sock.groupJoinApprovalMode(id, "on");
    await expect(cleo.sock.groupAcceptInvite(code)).resolves.toBeUndefined();
    await ada.sock.groupRequestParticipantsUpdate(id, [cleo.phone.pn], "reject");
    await expectOneView(group);
    await cleo.sock.groupAcceptInvite(code);
    group.cancelRequest(cleo.phone);
    await cleo.sock.groupAcceptInvite(code);
    await ada.sock.groupRequestParticipantsUpdate(id, [cleo.phone.pn], "approve");
    await expectOneView(group);
    group.leave(bob.phone);
    const invitation = group.invite(bob.phone);
    await bob.sock.groupAcceptInviteV4(ada.phone.pn, {
      groupJid: id,
      inviteCode: invitation.code,
      inviteExpiration: invitation.expiration,
    });
    await expectOneView(group);

    await expectNews(id, [
      [
        ada,
        [
          "Doors is there, by Ada",
          "add Bob, by Bob",
          "joinApprovalMode true, by Ada",
          "request of Cleo created (invite_link), by Cleo",
          "request of Cleo rejected, by Ada",
          "request of Cleo created (invite_link), by Cleo",
          "request of Cleo revoked, by Cleo",
          "request of Cleo created (invite_link), by Cleo",
          "add Cleo, by Ada",
          "remove Bob, by Bob",
          "add Bob, by Ada",
        ],
      ],
      [cleo, ["Doors is there, by Ada", "remove Bob, by Bob", "add Bob, by Ada"]],
    ]);
    expect(bob.news(id)).toContain("Doors is there, by Bob");
    expect(bob.news(id).filter((line) => line.startsWith("request"))).toEqual([]);
  });

  test("hear all that happened while they were away, in order", async () => {
    const { ada, bob, cleo } = stage;
    await cleo.goOffline();

    const { id } = await ada.sock.groupCreate("Away", [bob.phone.pn, cleo.phone.pn]);
    await bob.sock.groupUpdateSubject(id, "Far away");
    await ada.sock.groupParticipantsUpdate(id, [bob.phone.pn], "remove");
    await ada.sock.groupParticipantsUpdate(id, [cleo.phone.pn], "promote");
    await cleo.comeOnline();

    await expectNews(id, [
      [
        cleo,
        [
          "Away is there, by Ada",
          "subject Far away, by Bob",
          "remove Bob, by Ada",
          "promote Cleo, by Ada",
        ],
      ],
    ]);
    expect(cleo.stubs(id)).toEqual([
      "GROUP_CREATE",
      "GROUP_CHANGE_SUBJECT",
      "GROUP_PARTICIPANT_REMOVE",
      "GROUP_PARTICIPANT_PROMOTE",
    ]);
    await expectOneView(groupOf(id));
  });

  test("see what a script does as if that person had done it", async () => {
    const { server, ada, bob, cleo } = stage;
    const dora = server.contact({ name: "Dora" });
    const group = server.group({ subject: "Script", members: [dora, ada.phone, bob.phone] });

    group.add(cleo.phone, { by: ada.phone });
    group.promote(ada.phone);
    group.setSubject("Theatre", { by: cleo.phone });
    group.remove(bob.phone, { by: ada.phone });

    await expectNews(group.jid, [
      [
        bob,
        [
          "Script is there, by nobody",
          "add Cleo, by Ada",
          "promote Ada, by nobody",
          "subject Theatre, by Cleo",
          "remove Bob, by Ada",
        ],
      ],
      [
        cleo,
        [
          "Script is there, by Ada",
          "promote Ada, by nobody",
          "subject Theatre, by Cleo",
          "remove Bob, by Ada",
        ],
      ],
    ]);
    await expectOneView(group);
  });
});

test("a community is made, takes a group with its people in, and lets it go", async () => {
  const { server, ada, bob, cleo } = stage;
  const street = server.group({ subject: "Street", members: [ada.phone, bob.phone] });
  const community = server.community({ subject: "Town", members: [ada.phone, cleo.phone] });

  await ada.sock.communityLinkGroup(street.jid, community.jid);
  await bob.hears(community.jid, "Town is there, by Ada");
  await bob.hears(community.announcements.jid, "Town is there, by Ada");

  await Promise.all([community, community.announcements, street].map(expectOneView));
  await expect(bob.sock.groupMetadata(street.jid)).resolves.toMatchObject({
    linkedParent: community.jid,
  });
  await expect(bob.sock.communityFetchLinkedGroups(street.jid)).resolves.toMatchObject({
    communityJid: community.jid,
    isCommunity: false,
    linkedGroups: [{ id: community.announcements.jid }, { id: street.jid, subject: "Street" }],
  });
  expect(cleo.news(community.jid)).toEqual(["Town is there, by Ada", "add Bob, by Ada"]);
  await ada.sock.communityUnlinkGroup(street.jid, community.jid);
  const released = await bob.sock.groupMetadata(street.jid);
  expect(released.linkedParent).toBeUndefined();
  await Promise.all([community, street].map(expectOneView));
  await bob.sock.communityLeave(community.jid);
  await cleo.hears(community.jid, "remove Bob, by Bob");
  await cleo.hears(community.announcements.jid, "remove Bob, by Bob");
});
