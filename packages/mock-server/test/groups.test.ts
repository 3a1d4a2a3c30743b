import type { WAMessage } from "@whiskeysockets/baileys";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MockServer } from "@motte/mock-server";
import { Client, memoryAuth } from "./support/client.ts";
import {
  type GroupBot,
  NOBODY,
  NO_GROUP,
  groupBot,
  refusedWith,
  tree,
} from "./support/group-bot.ts";

let bot: GroupBot;

beforeAll(async () => {
  bot = await groupBot();
});

afterAll(() => bot[Symbol.asyncDispose]());

describe("making a group", () => {
  test("gives its metadata, by LID with the numbers beside, the one who made it first", async () => {
    const made = await bot.sock.groupCreate("Chess", [bot.ana.pn, bot.ben.lid]);

    expect(made).toMatchObject({
      id: expect.stringMatching(/^120363\d{12}@g\.us$/),
      subject: "Chess",
      subjectOwner: bot.phone.lid,
      subjectOwnerPn: bot.phone.pn,
      owner: bot.phone.lid,
      ownerPn: bot.phone.pn,
      addressingMode: "lid",
      size: 3,
      restrict: false,
      announce: false,
      isCommunity: false,
      isCommunityAnnounce: false,
      joinApprovalMode: false,
      memberAddMode: true,
      participants: [
        { id: bot.phone.lid, phoneNumber: bot.phone.pn, admin: "superadmin" },
        { id: bot.ana.lid, phoneNumber: bot.ana.pn, admin: null },
        { id: bot.ben.lid, phoneNumber: bot.ben.pn, admin: null },
      ],
    });
    expect(made.desc).toBeUndefined();
    expect(made.ephemeralDuration).toBeUndefined();
    await expect(bot.sock.groupMetadata(made.id)).resolves.toEqual(made);
  });

  test("leaves out whom nobody knows, and says so", async () => {
    const answer = await bot.ask("@g.us", "set", {
      tag: "create",
      attrs: { subject: "Ghosts", key: "1" },
      content: [NOBODY, bot.ana.pn].map((jid) => ({ tag: "participant", attrs: { jid } })),
    });

    expect(tree(answer)).toMatchObject({
      content: [
        {
          tag: "group",
          attrs: { size: "2" },
          content: expect.arrayContaining([
            { tag: "participant", attrs: { jid: NOBODY, error: "404" } },
          ]),
        },
      ],
    });
    expect(bot.server.groups.at(-1)?.members.map(({ name }) => name)).toEqual(["Bot", "Ana"]);
  });

  test("takes settings and a description along", async () => {
    const answer = await bot.ask("@g.us", "set", {
      tag: "create",
      attrs: { subject: "Quiet" },
      content: [
        { tag: "ephemeral", attrs: { expiration: "86400" } },
        { tag: "member_add_mode", attrs: {}, content: Buffer.from("admin_add") },
        {
          tag: "membership_approval_mode",
          attrs: {},
          content: [{ tag: "group_join", attrs: { state: "on" } }],
        },
        {
          tag: "description",
          attrs: { id: "D1" },
          content: [{ tag: "body", attrs: {}, content: Buffer.from("No talking") }],
        },
      ],
    });
    const id = Array.isArray(answer.content) ? answer.content[0]?.attrs["id"] : undefined;

    await expect(bot.sock.groupMetadata(`${id}@g.us`)).resolves.toMatchObject({
      ephemeralDuration: 86_400,
      memberAddMode: false,
      joinApprovalMode: true,
      desc: "No talking",
      descId: "D1",
      descOwner: bot.phone.lid,
      descOwnerPn: bot.phone.pn,
    });
  });

  test.each(["", "x".repeat(101)])(
    "needs a subject of 1 to 100 characters: %j",
    async (subject) => {
      await expect(bot.sock.groupCreate(subject, [bot.ana.pn])).rejects.toMatchObject(
        refusedWith(406),
      );
    },
  );

  test("gives ids and links that follow from the seed", async () => {
    const names = await Promise.all(
      ["one", "one", "two"].map(async (seed) => {
        await using other = await MockServer.start({ seed });
        const { jid, inviteCode } = other.group({ subject: "S", members: [other.contact()] });
        return `${jid} ${inviteCode}`;
      }),
    );

    expect(names[0]).toBe(names[1]);
    expect(names[0]).not.toBe(names[2]);
  });
});

describe("what the server says of groups", () => {
  test("is for members: 403 for others, 404 where there is none", async () => {
    const others = bot.server.group({ subject: "Others", members: [bot.ana, bot.ben] });
    const own = bot.server.group({ subject: "Own", members: [bot.ana, bot.phone] });

    await expect(bot.sock.groupMetadata(others.jid)).rejects.toMatchObject(refusedWith(403));
    await expect(bot.sock.groupMetadata(NO_GROUP)).rejects.toMatchObject(refusedWith(404));
    const groups = await bot.sock.groupFetchAllParticipating();
    expect(groups[own.jid]).toEqual(await bot.sock.groupMetadata(own.jid));
    expect(groups).not.toHaveProperty([others.jid]);
    const answer = await bot.ask("@g.us", "get", {
      tag: "query",
      attrs: {},
      content: [own.jid, others.jid, NO_GROUP].map((jid) => ({ tag: "group", attrs: { jid } })),
    });
    expect(tree(answer)).toMatchObject({
      content: [
        {
          tag: "groups",
          content: [
            { attrs: { id: own.jid.replace("@g.us", ""), subject: "Own" } },
            { attrs: { id: others.jid.replace("@g.us", ""), error: "403" } },
            { attrs: { id: NO_GROUP.replace("@g.us", ""), error: "404" } },
          ],
        },
      ],
    });
  });

  test("tells a client that is linked later which groups there are", async () => {
    const late = bot.server.phone({ name: "Late" });
    const group = bot.server.group({ subject: "Before", members: [bot.ana, late] });
    const auth = memoryAuth();
    await using pairing = new Client(bot.server, auth);
    await late.scan(await pairing.qr());
    await pairing.closed();
    await using linked = new Client(bot.server, auth);
    const told: unknown[] = [];
    linked.sock.ev.on("groups.update", (updates) => told.push(...updates));

    await linked.synced();
    await linked.until("groups.update", () => (told.length > 0 ? told : undefined));

    expect(told).toMatchObject([{ id: group.jid, subject: "Before" }]);
    await bot.server.journal.waitFor(
      ({ attrs, children }) =>
        attrs["xmlns"] === "urn:xmpp:whatsapp:dirty" && children.includes("clean"),
    );
  });
});

describe("subject, description and settings", () => {
  test("are what was written last", async () => {
    const { id } = await bot.sock.groupCreate("Names", [bot.ana.pn]);

    await bot.sock.groupUpdateSubject(id, "Häuser 🏠");
    await bot.sock.groupUpdateDescription(id, "first");
    await bot.sock.groupUpdateDescription(id, "second");

    const described = await bot.sock.groupMetadata(id);
    expect(described).toMatchObject({
      subject: "Häuser 🏠",
      desc: "second",
      descOwner: bot.phone.lid,
    });
    await bot.sock.groupUpdateDescription(id);
    const bare = await bot.sock.groupMetadata(id);
    expect([bare.desc, bare.descId]).toEqual([undefined, undefined]);
  });

  test("a description that somebody else was faster with is a conflict", async () => {
    const group = bot.server.group({ subject: "Race", members: [bot.phone, bot.ana] });
    group.setDescription("theirs", { by: bot.ana });
    const write = (prev: string | undefined): Promise<unknown> =>
      bot.ask(group.jid, "set", {
        tag: "description",
        attrs: { id: "mine", ...(prev === undefined ? {} : { prev }) },
        content: [{ tag: "body", attrs: {}, content: Buffer.from("mine") }],
      });

    await expect(write(undefined)).rejects.toMatchObject(refusedWith(409));
    await expect(write("stale")).rejects.toMatchObject(refusedWith(409));
    expect(group.description).toBe("theirs");
    await write((await bot.sock.groupMetadata(group.jid)).descId);
    expect(group.description).toBe("mine");
  });

  test("every setting can be turned on and off", async () => {
    const { id } = await bot.sock.groupCreate("Switches", [bot.ana.pn]);
    const { sock } = bot;

    await sock.groupSettingUpdate(id, "announcement");
    await sock.groupSettingUpdate(id, "locked");
    await sock.groupToggleEphemeral(id, 604_800);
    await sock.groupMemberAddMode(id, "admin_add");
    await sock.groupJoinApprovalMode(id, "on");
    await bot.ask(id, "set", { tag: "allow_admin_reports", attrs: {} });
    await bot.ask(id, "set", {
      tag: "member_link_mode",
      attrs: {},
      content: Buffer.from("all_member_link"),
    });
    const on = await sock.groupMetadata(id);
    const group = bot.server.groups.find(({ jid }) => jid === id);
    expect(on).toMatchObject({
      announce: true,
      restrict: true,
      ephemeralDuration: 604_800,
      memberAddMode: false,
      joinApprovalMode: true,
    });
    expect(group?.settings).toMatchObject({
      allowAdminReports: true,
      memberLinkMode: "all_member_link",
    });
    await sock.groupSettingUpdate(id, "not_announcement");
    await sock.groupSettingUpdate(id, "unlocked");
    await sock.groupToggleEphemeral(id, 0);
    await sock.groupMemberAddMode(id, "all_member_add");
    await sock.groupJoinApprovalMode(id, "off");
    await bot.ask(id, "set", { tag: "not_allow_admin_reports", attrs: {} });
    const off = await sock.groupMetadata(id);
    expect(off).toMatchObject({
      announce: false,
      restrict: false,
      memberAddMode: true,
      joinApprovalMode: false,
    });
    expect(off.ephemeralDuration).toBeUndefined();
    expect(group?.settings.allowAdminReports).toBe(false);
  });

  test.each([
    ["member_add_mode", { content: Buffer.from("nobody") }],
    ["membership_approval_mode", { content: [{ tag: "group_join", attrs: { state: "x" } }] }],
    ["ephemeral", { attrs: { expiration: "soon" } }],
  ])("%s with a value that makes no sense is not acceptable", async (tag, rest) => {
    const group = bot.server.group({ subject: "Senseless", members: [bot.phone] });

    await expect(bot.ask(group.jid, "set", { tag, attrs: {}, ...rest })).rejects.toMatchObject(
      refusedWith(406),
    );
  });
});

test("the time messages last reaches the client as a protocol message", async () => {
  const group = bot.server.group({ subject: "Fading", members: [bot.ana, bot.phone] });

  group.setSettings({ ephemeral: 86_400 });

  const fading = (message: WAMessage): boolean =>
    message.key.remoteJid === group.jid &&
    message.message?.protocolMessage?.ephemeralExpiration === 86_400;
  await expect(
    bot.client.until("the setting", () => bot.client.received.find(fading)),
  ).resolves.toMatchObject({ key: { participant: bot.ana.lid, remoteJid: group.jid } });
});

test("requests nobody needs an answer to get one", async () => {
  const group = bot.server.group({ subject: "Polite", members: [bot.phone] });

  await bot.ask(group.jid, "set", { tag: "ack", attrs: {} });
  const answer = await bot.ask("@g.us", "get", { tag: "pictures", attrs: {}, content: [] });

  expect(tree(answer)).toMatchObject({ content: [{ tag: "pictures" }] });
  expect(bot.server.journal.unhandled.filter(({ attrs }) => attrs["xmlns"] === "w:g2")).toEqual([]);
});
