import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { MockInvitation } from "@motte/mock-server";
import { type GroupBot, NOBODY, groupBot, refusedWith, tree } from "./support/group-bot.ts";

let bot: GroupBot;

beforeAll(async () => {
  bot = await groupBot();
});

afterAll(() => bot[Symbol.asyncDispose]());

describe("members of a group", () => {
  test("are added by number or LID, each with a status of its own", async () => {
    const { id } = await bot.sock.groupCreate("Adding", [bot.ana.pn]);
    const cleo = bot.server.contact({ name: "Cleo" });

    const statuses = await bot.sock.groupParticipantsUpdate(
      id,
      [bot.ana.lid, bot.ben.lid, cleo.pn, NOBODY],
      "add",
    );

    expect(statuses.map(({ status, jid }) => [jid, status])).toEqual([
      [bot.ana.lid, "409"],
      [bot.ben.lid, "200"],
      [cleo.lid, "200"],
      [NOBODY, "404"],
    ]);
    expect(statuses[2]?.content.attrs["phone_number"]).toBe(cleo.pn);
  });

  test("are not added again right after they left, but invited", async () => {
    const group = bot.server.group({ subject: "Leavers", members: [bot.phone, bot.ana] });
    group.leave(bot.ana);

    const [outcome] = await bot.sock.groupParticipantsUpdate(group.jid, [bot.ana.pn], "add");

    expect(outcome).toMatchObject({
      status: "408",
      content: {
        content: [
          {
            tag: "add_request",
            attrs: { code: expect.stringMatching(/^\S{22}$/), expiration: expect.any(String) },
          },
        ],
      },
    });
    expect(group.role(bot.ana)).toBeUndefined();
  });

  test("are removed, promoted and demoted, but not who made the group, nor strangers", async () => {
    const group = bot.server.group({
      subject: "Roles",
      members: [bot.ana, bot.phone, bot.ben],
      admins: [bot.phone],
    });
    const update = (who: string, act: "remove" | "promote" | "demote"): Promise<unknown> =>
      bot.sock.groupParticipantsUpdate(group.jid, [who], act).then(([outcome]) => outcome?.status);

    await expect(update(bot.ben.pn, "promote")).resolves.toBe("200");
    expect(group.role(bot.ben)).toBe("admin");
    await expect(update(bot.ben.lid, "demote")).resolves.toBe("200");
    expect(group.role(bot.ben)).toBe("member");
    await expect(update(bot.ana.pn, "demote")).resolves.toBe("406");
    await expect(update(bot.ana.pn, "remove")).resolves.toBe("406");
    await expect(update(bot.ben.pn, "remove")).resolves.toBe("200");
    expect(group.role(bot.ben)).toBeUndefined();
    for (const act of ["remove", "promote", "demote"] as const) {
      await expect(update(bot.ben.pn, act)).resolves.toBe("404");
    }
  });

  test("may do only what the group lets them", async () => {
    const group = bot.server.group({ subject: "Strict", members: [bot.ana, bot.phone] });
    const { sock } = bot;
    const everything = (): readonly Promise<unknown>[] => [
      sock.groupParticipantsUpdate(group.jid, [bot.ana.pn], "remove"),
      sock.groupParticipantsUpdate(group.jid, [bot.phone.pn], "promote"),
      sock.groupSettingUpdate(group.jid, "announcement"),
      sock.groupMemberAddMode(group.jid, "admin_add"),
      sock.groupJoinApprovalMode(group.jid, "on"),
      sock.groupRevokeInvite(group.jid),
      sock.groupRequestParticipantsList(group.jid),
      sock.groupRevokeInviteV4(group.jid, bot.ben.pn),
    ];

    for (const attempt of everything()) {
      await expect(attempt).rejects.toMatchObject(refusedWith(403));
    }
    await expect(sock.groupInviteCode(group.jid)).rejects.toMatchObject(refusedWith(401));
    await sock.groupUpdateSubject(group.jid, "Less strict");
    await sock.groupToggleEphemeral(group.jid, 86_400);
    await sock.groupParticipantsUpdate(group.jid, [bot.ben.pn], "add");
    group.setSettings({
      locked: true,
      memberAddMode: "admin_add",
      memberLinkMode: "all_member_link",
    });
    await expect(sock.groupInviteCode(group.jid)).resolves.toBe(group.inviteCode);
    await expect(sock.groupUpdateSubject(group.jid, "No")).rejects.toMatchObject(refusedWith(403));
    await expect(sock.groupUpdateDescription(group.jid, "No")).rejects.toMatchObject(
      refusedWith(403),
    );
    await expect(sock.groupToggleEphemeral(group.jid, 0)).rejects.toMatchObject(refusedWith(403));
    await expect(
      sock.groupParticipantsUpdate(group.jid, [bot.ben.pn], "add"),
    ).rejects.toMatchObject(refusedWith(403));
    expect(group.subject).toBe("Less strict");
  });

  test("leave, and know nothing of the group any more", async () => {
    const { id } = await bot.sock.groupCreate("Short", [bot.ana.pn, bot.ben.pn]);

    await bot.sock.groupLeave(id);

    await expect(bot.sock.groupMetadata(id)).rejects.toMatchObject(refusedWith(403));
    expect(bot.server.groups.find(({ jid }) => jid === id)?.members).toMatchObject([
      { name: "Ana", role: "admin" },
      { name: "Ben", role: "member" },
    ]);
    const again = await bot.ask("@g.us", "set", {
      tag: "leave",
      attrs: {},
      content: [{ tag: "group", attrs: { id } }],
    });
    expect(tree(again)).toMatchObject({ content: [{ content: [{ attrs: { error: "404" } }] }] });
  });
});

describe("the invite link", () => {
  test("shows what the group is, and lets in who has it", async () => {
    const group = bot.server.group({ subject: "Open", members: [bot.ana, bot.ben] });

    const info = await bot.sock.groupGetInviteInfo(group.inviteCode);
    const joined = await bot.sock.groupAcceptInvite(group.inviteCode);

    expect(info).toMatchObject({ id: group.jid, subject: "Open", size: 2, participants: [] });
    expect(joined).toBe(group.jid);
    expect(group.role(bot.phone)).toBe("member");
    await expect(bot.sock.groupAcceptInvite(group.inviteCode)).rejects.toMatchObject(
      refusedWith(409),
    );
  });

  test("is void once it was reset: 410, and 406 for one that never was", async () => {
    const group = bot.server.group({ subject: "Reset", members: [bot.phone, bot.ana] });
    const old = await bot.sock.groupInviteCode(group.jid);

    const fresh = await bot.sock.groupRevokeInvite(group.jid);

    expect([old, fresh]).toEqual([expect.stringMatching(/^\S{22}$/), group.inviteCode]);
    expect(fresh).not.toBe(old);
    await expect(bot.sock.groupGetInviteInfo(String(old))).rejects.toMatchObject(refusedWith(410));
    await expect(bot.sock.groupAcceptInvite("never")).rejects.toMatchObject(refusedWith(406));
  });

  test("does not let back in who was removed", async () => {
    const group = bot.server.group({ subject: "Out", members: [bot.ana, bot.phone] });
    group.remove(bot.phone);

    await expect(bot.sock.groupAcceptInvite(group.inviteCode)).rejects.toMatchObject(
      refusedWith(401),
    );
    group.add(bot.phone);
    expect(group.role(bot.phone)).toBe("member");
  });

  test("makes people wait where admins want to be asked", async () => {
    const group = bot.server.group({
      subject: "Ask",
      members: [bot.ana, bot.ben],
      settings: { joinApproval: true },
    });

    await expect(bot.sock.groupAcceptInvite(group.inviteCode)).resolves.toBeUndefined();

    expect(group.joinRequests).toEqual([bot.phone.lid]);
    expect(group.role(bot.phone)).toBeUndefined();
    group.approve(bot.phone);
    expect(group.role(bot.phone)).toBe("member");
    expect(group.joinRequests).toEqual([]);
  });
});

describe("requests to join", () => {
  test("are listed for admins, who approve and reject them", async () => {
    const group = bot.server.group({ subject: "Desk", members: [bot.phone, bot.server.contact()] });
    group.requestToJoin(bot.ana);
    group.requestToJoin(bot.ben);

    const waiting = await bot.sock.groupRequestParticipantsList(group.jid);
    const approved = await bot.sock.groupRequestParticipantsUpdate(
      group.jid,
      [bot.ana.pn, NOBODY],
      "approve",
    );
    const rejected = await bot.sock.groupRequestParticipantsUpdate(
      group.jid,
      [bot.ben.lid],
      "reject",
    );
    const again = await bot.sock.groupRequestParticipantsUpdate(group.jid, [bot.ben.lid], "reject");

    expect(waiting).toMatchObject([
      { jid: bot.ana.lid, phone_number: bot.ana.pn, request_method: "invite_link" },
      { jid: bot.ben.lid, phone_number: bot.ben.pn, request_method: "invite_link" },
    ]);
    expect(waiting[0]?.["request_time"]).toMatch(/^\d+$/);
    expect(approved).toEqual([
      { status: "200", jid: bot.ana.lid },
      { status: "404", jid: NOBODY },
    ]);
    expect(rejected).toEqual([{ status: "200", jid: bot.ben.lid }]);
    expect(again).toEqual([{ status: "404", jid: bot.ben.lid }]);
    expect([group.role(bot.ana), group.role(bot.ben), group.joinRequests]).toEqual([
      "member",
      undefined,
      [],
    ]);
  });

  test("come also from members who are no admins and add somebody", async () => {
    const group = bot.server.group({
      subject: "Bring",
      members: [bot.ana, bot.phone],
      settings: { joinApproval: true },
    });

    const [outcome] = await bot.sock.groupParticipantsUpdate(group.jid, [bot.ben.pn], "add");

    expect(outcome).toMatchObject({
      status: "200",
      content: { content: [{ tag: "membership_approval_request" }] },
    });
    expect(group.role(bot.ben)).toBeUndefined();
    expect(group.joinRequests).toEqual([bot.ben.lid]);
  });
});

describe("an invitation for one person", () => {
  test("lets that person in once", async () => {
    const group = bot.server.group({ subject: "You", members: [bot.ana, bot.ben] });
    const invitation = group.invite(bot.phone);

    await expect(accept(group.jid, { ...invitation, code: "other" })).rejects.toMatchObject(
      refusedWith(410),
    );
    await expect(accept(group.jid, invitation)).resolves.toBe(group.jid);

    expect(group.role(bot.phone)).toBe("member");
    group.remove(bot.phone);
    await expect(accept(group.jid, invitation)).rejects.toMatchObject(refusedWith(410));
  });

  test("is void when it was revoked", async () => {
    const group = bot.server.group({
      subject: "Sorry",
      members: [bot.phone, bot.ana],
      admins: [bot.ana],
    });
    const cleo = bot.server.contact({ name: "Cleo" });
    group.invite(cleo);

    await expect(bot.sock.groupRevokeInviteV4(group.jid, cleo.pn)).resolves.toBe(true);

    const again = await bot.ask(group.jid, "set", {
      tag: "revoke",
      attrs: {},
      content: [{ tag: "participant", attrs: { jid: cleo.pn } }],
    });
    expect(tree(again)).toMatchObject({
      content: [{ tag: "revoke", content: [{ attrs: { jid: cleo.lid, error: "404" } }] }],
    });
  });
});

function accept(jid: string, { code, expiration }: MockInvitation): Promise<string | undefined> {
  return bot.sock.groupAcceptInviteV4(bot.ana.pn, {
    groupJid: jid,
    inviteCode: code,
    inviteExpiration: expiration,
  });
}
