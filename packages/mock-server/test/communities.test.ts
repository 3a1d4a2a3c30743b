import type { BinaryNode } from "@whiskeysockets/baileys";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { MockGroup } from "@motte/mock-server";
import { type GroupBot, NO_GROUP, groupBot, refusedWith, tree } from "./support/group-bot.ts";

let bot: GroupBot;

beforeAll(async () => {
  bot = await groupBot();
});

afterAll(() => bot[Symbol.asyncDispose]());

const names = ({ members }: MockGroup): readonly string[] => members.map(({ name }) => name);

describe("making a community", () => {
  test("makes its announcements and its general chat too", async () => {
    const { sock } = bot;

    const made = await sock.communityCreate("Town", "Where we live");

    expect(made).toMatchObject({
      subject: "Town",
      desc: "Where we live",
      isCommunity: true,
      isCommunityAnnounce: false,
      participants: [{ id: bot.phone.lid, admin: "superadmin" }],
    });
    const jid = String(made?.id);
    const linked = await sock.communityFetchLinkedGroups(jid);
    expect(linked).toMatchObject({
      communityJid: jid,
      isCommunity: true,
      linkedGroups: [
        { subject: "Town", owner: bot.phone.lid, size: 1 },
        { subject: "General", owner: bot.phone.lid, size: 1 },
      ],
    });
    const [announcements, general] = linked.linkedGroups;
    await expect(sock.groupMetadata(String(announcements?.id))).resolves.toMatchObject({
      announce: true,
      isCommunityAnnounce: true,
      linkedParent: jid,
    });
    await expect(sock.groupMetadata(String(general?.id))).resolves.toMatchObject({
      announce: false,
      isCommunityAnnounce: false,
      linkedParent: jid,
    });
    await expect(sock.communityFetchLinkedGroups(String(general?.id))).resolves.toMatchObject({
      communityJid: jid,
      isCommunity: false,
    });
  });

  test("gives communities.js the community under the name it looks for", async () => {
    const { sock } = bot;
    const { jid, inviteCode } = bot.server.community({
      subject: "Named",
      members: [bot.phone, bot.ana],
    });

    const [metadata, all, info] = await Promise.all([
      sock.communityMetadata(jid),
      sock.communityFetchAllParticipating(),
      sock.communityGetInviteInfo(inviteCode),
    ]);

    expect(metadata).toMatchObject({
      id: jid,
      subject: "Named",
      isCommunity: true,
      addressingMode: "lid",
      participants: [{ id: bot.phone.lid }, { id: bot.ana.lid }],
    });
    expect(all[jid]).toEqual(metadata);
    expect(Object.values(all).every(({ isCommunity }) => isCommunity)).toBe(true);
    expect(info).toMatchObject({ id: jid, subject: "Named", participants: [] });
  });

  test("without a description has none", async () => {
    const made = await bot.sock.communityCreate("Bare", "");

    expect(made?.desc).toBeUndefined();
  });
});

describe("the groups of a community", () => {
  test("are made in it, with people who come into the community with them", async () => {
    const community = bot.server.community({ subject: "Making", members: [bot.phone] });

    const made = await bot.sock.communityCreateGroup("Street", [bot.ana.pn], community.jid);

    expect(made).toMatchObject({ subject: "Street", linkedParent: community.jid });
    expect(names(community)).toEqual(["Bot", "Ana"]);
    expect(names(community.announcements)).toEqual(["Bot", "Ana"]);
    expect(community.subGroups).toEqual([community.announcements.jid, made?.id]);
  });

  test("are made by plain members only where the community lets them", async () => {
    const { sock } = bot;
    const community = bot.server.community({ subject: "Closed", members: [bot.ana, bot.phone] });
    const make = (): Promise<unknown> => sock.communityCreateGroup("Mine", [], community.jid);

    await expect(make()).rejects.toMatchObject(refusedWith(403));
    community.setSettings({ allowNonAdminSubGroupCreation: true });
    await expect(make()).resolves.toMatchObject({ linkedParent: community.jid });
    await expect(sock.communityCreateGroup("Nowhere", [], NO_GROUP)).rejects.toMatchObject(
      refusedWith(404),
    );
  });

  test("are linked with everybody in them, once, and unlinked without", async () => {
    const { sock } = bot;
    const community = bot.server.community({ subject: "Linking", members: [bot.phone] });
    const street = bot.server.group({ subject: "Street", members: [bot.phone, bot.ana] });

    await sock.communityLinkGroup(street.jid, community.jid);

    expect(names(community)).toEqual(["Bot", "Ana"]);
    await expect(sock.groupMetadata(street.jid)).resolves.toMatchObject({
      linkedParent: community.jid,
    });
    const again = await bot.ask(community.jid, "set", links(street.jid));
    expect(tree(again)).toMatchObject({
      content: [
        {
          tag: "links",
          content: [
            {
              tag: "link",
              attrs: { link_type: "sub_group" },
              content: [{ tag: "group", attrs: { jid: street.jid, error: "409" } }],
            },
          ],
        },
      ],
    });
    await sock.communityUnlinkGroup(street.jid, community.jid);
    const unlinked = await sock.groupMetadata(street.jid);
    expect(unlinked.linkedParent).toBeUndefined();
    expect(names(community)).toEqual(["Bot", "Ana"]);
    expect(community.subGroups).toEqual([community.announcements.jid]);
  });

  test("are linked by admins of both, and unlinked by admins of the community", async () => {
    const community = bot.server.community({ subject: "Rights", members: [bot.ana, bot.phone] });
    const own = bot.server.group({ subject: "Own", members: [bot.phone] });
    const theirs = bot.server.group({ subject: "Theirs", members: [bot.ana, bot.phone] });
    const errorOf = async (child: BinaryNode): Promise<unknown> => {
      const answer = await bot.ask(community.jid, "set", child);
      return JSON.stringify(tree(answer)).match(/"error":"(\d+)"/)?.[1];
    };

    await expect(errorOf(links(own.jid))).resolves.toBe("403");
    await expect(bot.ask(community.jid, "set", unlink(own.jid))).resolves.toBeDefined();
    await expect(errorOf(unlink(own.jid))).resolves.toBe("403");
    community.promote(bot.phone);
    await expect(errorOf(unlink(own.jid))).resolves.toBe("404");
    await expect(errorOf(links(theirs.jid))).resolves.toBe("403");
    await expect(errorOf(links(NO_GROUP))).resolves.toBe("404");
    await expect(errorOf(links(own.jid))).resolves.toBeUndefined();
    expect(community.subGroups).toContain(own.jid);
  });

  test("take those nobody else in the community knows with them when told so", async () => {
    const community = bot.server.community({ subject: "Orphans", members: [bot.phone, bot.ana] });
    const street = bot.server.group({ subject: "Street", members: [bot.phone, bot.ana, bot.ben] });
    const park = bot.server.group({ subject: "Park", members: [bot.phone, bot.ana] });
    community.link(street);
    community.link(park);

    await bot.ask(community.jid, "set", {
      tag: "unlink",
      attrs: { unlink_type: "sub_group" },
      content: [{ tag: "group", attrs: { jid: street.jid, remove_orphaned_members: "true" } }],
    });

    expect(names(community)).toEqual(["Bot", "Ana"]);
    expect(names(street)).toEqual(["Bot", "Ana", "Ben"]);
  });

  test("are joined by anybody in the community", async () => {
    const community = bot.server.community({ subject: "Joining", members: [bot.ana, bot.phone] });
    const open = bot.server.group({ subject: "Open", members: [bot.ana] });
    const choosy = bot.server.group({
      subject: "Choosy",
      members: [bot.ana],
      settings: { joinApproval: true },
    });
    community.link(open);
    community.link(choosy);

    const seen = await bot.ask(community.jid, "get", about("query_linked", open));
    const joined = await bot.ask(community.jid, "set", about("join_linked_group", open));
    const waiting = await bot.ask(community.jid, "set", about("join_linked_group", choosy));

    expect(tree(seen)).toMatchObject({
      content: [{ tag: "linked_group", content: [{ attrs: { subject: "Open", size: "1" } }] }],
    });
    expect(tree(joined)).toMatchObject({
      content: [{ tag: "linked_group", content: [{ attrs: { subject: "Open", size: "2" } }] }],
    });
    expect(names(open)).toEqual(["Ana", "Bot"]);
    expect(tree(waiting)).toMatchObject({ content: [{ tag: "membership_approval_request" }] });
    expect(choosy.joinRequests).toEqual([bot.phone.lid]);
    const lonely = bot.server.group({ subject: "Lonely", members: [bot.ana] });
    await expect(
      bot.ask(community.jid, "set", about("join_linked_group", lonely)),
    ).rejects.toMatchObject(refusedWith(404));
  });
});

describe("people of a community", () => {
  test("are listed for those who are in it", async () => {
    const own = bot.server.community({ subject: "Ours", members: [bot.phone, bot.ana] });
    const theirs = bot.server.community({ subject: "Theirs", members: [bot.ana, bot.ben] });
    const people: BinaryNode = { tag: "linked_groups_participants", attrs: {} };

    const answer = await bot.ask(own.jid, "get", people);

    expect(tree(answer)).toMatchObject({
      content: [
        {
          tag: "linked_groups_participants",
          content: [
            { attrs: { jid: bot.phone.lid, phone_number: bot.phone.pn } },
            { attrs: { jid: bot.ana.lid, phone_number: bot.ana.pn } },
          ],
        },
      ],
    });
    await expect(bot.ask(theirs.jid, "get", people)).rejects.toMatchObject(refusedWith(403));
    await expect(
      bot.ask(own.announcements.jid, "get", { tag: "sub_groups", attrs: {} }),
    ).rejects.toMatchObject(refusedWith(404));
  });

  test("who are removed are gone from all its groups", async () => {
    const community = bot.server.community({ subject: "Removing", members: [bot.phone, bot.ana] });
    const street = bot.server.group({ subject: "Street", members: [bot.phone, bot.ana, bot.ben] });
    community.link(street);

    const statuses = await bot.sock.communityParticipantsUpdate(
      community.jid,
      [bot.ana.pn, bot.ana.lid],
      "remove",
    );

    expect(statuses.map(({ status }) => status)).toEqual(["200", "200"]);
    for (const each of [community, community.announcements, street]) {
      expect(names(each)).toEqual(["Bot", "Ben"]);
    }
  });

  test("are admins of the parent and the announcements alike", async () => {
    const community = bot.server.community({ subject: "Admins", members: [bot.phone, bot.ana] });

    await bot.sock.communityParticipantsUpdate(community.jid, [bot.ana.pn], "promote");
    expect(community.announcements.role(bot.ana)).toBe("admin");
    community.announcements.demote(bot.ana);
    expect(community.role(bot.ana)).toBe("member");
  });

  test("leave it whole", async () => {
    const community = bot.server.community({ subject: "Leaving", members: [bot.ana, bot.phone] });
    const street = bot.server.group({ subject: "Street", members: [bot.ana, bot.phone] });
    community.link(street);

    await bot.sock.communityLeave(community.jid);

    for (const each of [community, community.announcements, street]) {
      expect(names(each)).toEqual(["Ana"]);
    }
  });

  test("come in by its link, are let in when it asks, and rename it with its announcements", async () => {
    const { sock } = bot;
    const community = bot.server.community({ subject: "Old name", members: [bot.ana] });

    await expect(sock.communityAcceptInvite(community.inviteCode)).resolves.toBe(community.jid);
    community.promote(bot.phone);
    await sock.communityUpdateSubject(community.jid, "New name");
    await sock.communityUpdateDescription(community.jid, "All of us");
    await sock.communityJoinApprovalMode(community.jid, "on");
    community.requestToJoin(bot.ben);
    const waiting = await sock.communityRequestParticipantsList(community.jid);
    await sock.communityRequestParticipantsUpdate(community.jid, [bot.ben.pn], "approve");

    expect([community.subject, community.announcements.subject]).toEqual(["New name", "New name"]);
    expect(community.description).toBe("All of us");
    expect(waiting).toMatchObject([{ jid: bot.ben.lid }]);
    expect(names(community.announcements)).toEqual(["Ana", "Bot", "Ben"]);
    await expect(sock.communityInviteCode(community.jid)).resolves.toBe(community.inviteCode);
    const fresh = await sock.communityRevokeInvite(community.jid);
    expect(fresh).toBe(community.inviteCode);
  });
});

test("a community that is deleted leaves its groups behind", async () => {
  const community = bot.server.community({ subject: "Gone", members: [bot.phone, bot.ana] });
  const street = bot.server.group({ subject: "Street", members: [bot.phone, bot.ana] });
  community.link(street);
  const before = community.announcements.jid;

  await bot.ask(community.jid, "set", { tag: "delete_parent", attrs: {} });

  await expect(bot.sock.groupMetadata(community.jid)).rejects.toMatchObject(refusedWith(404));
  await expect(bot.sock.groupMetadata(before)).rejects.toMatchObject(refusedWith(404));
  const left = await bot.sock.groupMetadata(street.jid);
  expect(left.linkedParent).toBeUndefined();
  expect(left.participants).toHaveLength(2);
  await expect(
    bot.ask(street.jid, "set", { tag: "delete_parent", attrs: {} }),
  ).rejects.toMatchObject(refusedWith(404));
});

function links(jid: string): BinaryNode {
  return {
    tag: "links",
    attrs: {},
    content: [
      {
        tag: "link",
        attrs: { link_type: "sub_group" },
        content: [{ tag: "group", attrs: { jid } }],
      },
    ],
  };
}

function unlink(jid: string): BinaryNode {
  return {
    tag: "unlink",
    attrs: { unlink_type: "sub_group" },
    content: [{ tag: "group", attrs: { jid } }],
  };
}

function about(tag: string, { jid }: MockGroup): BinaryNode {
  return { tag, attrs: { jid, type: "sub_group" } };
}
