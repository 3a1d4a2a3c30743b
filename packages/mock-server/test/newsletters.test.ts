import type { BinaryNode, WAMessage } from "@whiskeysockets/baileys";
import { describe, expect, test, vi } from "vitest";
import { MockServer } from "@motte/mock-server";
import {
  type StanzaClient,
  at,
  childrenOf,
  quietClient,
  tag,
  textOf,
} from "./support/stanza-client.ts";

const WAIT = { timeout: 40_000 };

async function mex(client: StanzaClient, id: string, variables: unknown): Promise<unknown> {
  const body = Buffer.from(JSON.stringify({ variables }));
  const result = await client.ask("get", "w:mex", [tag("query", { query_id: id }, body)]);
  return JSON.parse(textOf(result) ?? "");
}

describe("newsletters", () => {
  test("are made, found by JID and invite, changed, handed over and deleted", async () => {
    await using server = await MockServer.start();
    const ana = server.contact({ name: "Ana" });
    await using client = await quietClient(server, server.phone({ name: "Bot" }));
    const { sock } = client;

    const made = await sock.newsletterCreate("News", "of the day");
    await sock.newsletterUpdateName(made.id, "Olds");
    await sock.newsletterUpdateDescription(made.id, "of yesterday");
    const byJid = await sock.newsletterMetadata("jid", made.id);
    const byInvite = await sock.newsletterMetadata("invite", made.invite ?? "");

    expect(made).toMatchObject({
      id: expect.stringMatching(/^120363\d{12}@newsletter$/),
      name: "News",
      description: "of the day",
      subscribers: 1,
      verification: "UNVERIFIED",
      mute_state: "OFF",
    });
    expect(byJid).toEqual(byInvite);
    expect(byJid).toMatchObject({
      id: made.id,
      thread_metadata: { name: { text: "Olds" }, description: { text: "of yesterday" } },
      viewer_metadata: { role: "OWNER" },
    });
    expect(await sock.newsletterAdminCount(made.id)).toBe(1);
    expect(await sock.newsletterSubscribers(made.id)).toEqual({ subscribers: "1" });

    await sock.newsletterChangeOwner(made.id, ana.lid);
    expect(await sock.newsletterMetadata("jid", made.id)).toMatchObject({
      viewer_metadata: { role: "ADMIN" },
    });
    await expect(sock.newsletterDelete(made.id)).rejects.toMatchObject({
      output: { statusCode: 403 },
    });
    const own = await sock.newsletterCreate("Mine");
    await sock.newsletterDelete(own.id);
    await expect(sock.newsletterMetadata("jid", own.id)).rejects.toMatchObject({
      output: { statusCode: 404 },
    });
    await expect(sock.newsletterCreate("")).rejects.toMatchObject({ output: { statusCode: 400 } });
  });

  test("are followed, muted and left, and only the owner may not leave", async () => {
    await using server = await MockServer.start();
    const bot = server.phone({ name: "Bot" });
    const ana = server.contact({ name: "Ana" });
    const news = server.newsletter({ name: "News", owner: ana });
    await using client = await quietClient(server, bot);
    const { sock } = client;
    const view = async (): Promise<unknown> =>
      (await sock.newsletterMetadata("jid", news.jid)) ?? undefined;

    expect(await view()).toMatchObject({ viewer_metadata: { role: "GUEST" } });
    await expect(sock.newsletterMute(news.jid)).rejects.toMatchObject({
      output: { statusCode: 403 },
    });
    await sock.newsletterFollow(news.jid);
    await sock.newsletterMute(news.jid);
    expect(await view()).toMatchObject({ viewer_metadata: { role: "SUBSCRIBER", mute: "ON" } });
    expect(news.followers).toEqual([ana.phoneNumber, bot.phoneNumber]);
    await sock.newsletterUnmute(news.jid);
    expect(await view()).toMatchObject({ viewer_metadata: { mute: "OFF" } });
    await expect(sock.newsletterUpdateName(news.jid, "Mine")).rejects.toMatchObject({
      output: { statusCode: 403 },
    });
    expect(await mex(client, "6388546374527196", {})).toMatchObject({
      data: { xwa2_newsletter_subscribed: [{ id: news.jid }] },
    });
    await sock.newsletterUnfollow(news.jid);
    expect(news.followers).toEqual([ana.phoneNumber]);

    const own = await sock.newsletterCreate("Mine");
    await expect(sock.newsletterUnfollow(own.id)).rejects.toMatchObject({
      output: { statusCode: 403 },
    });
    await expect(sock.newsletterFollow("1@newsletter")).rejects.toMatchObject({
      output: { statusCode: 404 },
    });
  });

  test("carry posts to followers, and reactions back", async () => {
    await using server = await MockServer.start();
    const bot = server.phone({ name: "Bot" });
    const ana = server.contact({ name: "Ana" });
    const news = server.newsletter({ name: "News", owner: ana });
    await using client = await quietClient(server, bot);
    const reactions: unknown[] = [];
    client.sock.ev.on("newsletter.reaction", (update) => reactions.push(update));
    const settings: unknown[] = [];
    client.sock.ev.on("newsletter-settings.update", (update) => settings.push(update));
    const roles: unknown[] = [];
    client.sock.ev.on("newsletter-participants.update", (update) => roles.push(update));

    news.post("nobody hears this");
    await client.sock.newsletterFollow(news.jid);
    const { serverId } = news.post("hello followers");
    const heard = await client.client.message("hello followers");
    await client.sock.newsletterReactMessage(news.jid, serverId, "👍");
    news.react(ana, serverId, "👍");
    const both = news.posts[1]?.reactions;
    await client.sock.newsletterReactMessage(news.jid, serverId);
    news.promote(bot);
    await client.sock.newsletterUpdateName(news.jid, "Better news");
    await client.roundTrip();
    const fetched = await client.sock.newsletterFetchMessages(news.jid, 10, 0, 0);
    const whole = await client.ask(
      "get",
      "newsletter",
      [tag("messages", { count: "1", before: serverId, type: "jid", jid: news.jid })],
      { to: news.jid },
    );
    const live = await client.sock.subscribeNewsletterUpdates(news.jid);
    await vi.waitFor(
      () => expect([settings, roles, reactions]).toMatchObject([[{}], [{}], [{}, {}, {}]]),
      WAIT,
    );

    expect(heard.key).toMatchObject({ remoteJid: news.jid });
    expect(both).toEqual({ "👍": 2 });
    expect(news.posts[1]?.reactions).toEqual({ "👍": 1 });
    expect(reactions.slice(0, 2)).toEqual([
      { id: news.jid, server_id: serverId, reaction: { code: "👍", count: 1 } },
      { id: news.jid, server_id: serverId, reaction: { code: "👍", count: 1 } },
    ]);
    expect(settings).toEqual([{ id: news.jid, update: { name: "Better news", description: "" } }]);
    expect(roles).toMatchObject([{ id: news.jid, user: bot.lid, new_role: "ADMIN" }]);
    const updates = childrenOf(at(fetched as BinaryNode, "message_updates", "messages"));
    expect(updates.map(({ attrs }) => attrs["server_id"])).toEqual(["100", "101"]);
    expect(updates.map((each) => at(each, "reactions", "reaction")?.attrs)).toEqual([
      undefined,
      { code: "👍", count: "1" },
    ]);
    expect(childrenOf(whole).map((each) => each.attrs["server_id"])).toEqual(["100"]);
    expect(at(whole, "message", "plaintext")?.content).toBeInstanceOf(Uint8Array);
    expect(live).toEqual({ duration: "300" });
  });

  test("take posts of those who may write, under a number, and of nobody else", async () => {
    await using server = await MockServer.start();
    const bot = server.phone({ name: "Bot" });
    const ana = server.contact({ name: "Ana" });
    const others = server.newsletter({ name: "News", owner: ana });
    await using client = await quietClient(server, bot);
    await using second = await quietClient(server, bot);
    const own = await client.sock.newsletterCreate("Mine");
    // Not by messages.update: Baileys puts the error into the message itself while it still announces that.
    const ackOf = (message: WAMessage | undefined) =>
      client.got("ack", ({ attrs }) => attrs["id"] === message?.key.id)[0]?.attrs;

    const sent = await client.sock.sendMessage(own.id, { text: "first" });
    await second.client.until("the post", () =>
      second.client.received.find(({ message }) => message?.extendedTextMessage?.text === "first"),
    );
    const refused = [
      await client.sock.sendMessage(others.jid, { text: "mine too" }),
      await client.sock.sendMessage("1@newsletter", { text: "anybody?" }),
    ];
    await client.roundTrip();

    expect(ackOf(sent)).toMatchObject({ class: "message", from: own.id, server_id: "100" });
    expect(refused.map((each) => ackOf(each)?.["error"])).toEqual(["403", "404"]);
    expect(others.posts).toEqual([]);
    await expect(client.sock.newsletterReactMessage(own.id, "100", "👍")).resolves.toBeUndefined();
    expect(() => others.react(ana, "100", "👍")).toThrow(
      expect.objectContaining({ code: "USAGE_INVALID_OPTION" }),
    );
    expect(() => server.newsletter({ name: "", owner: ana })).toThrow(
      expect.objectContaining({ code: "USAGE_INVALID_OPTION" }),
    );
  });
});

describe("mex", () => {
  test("answers a query nobody knows with an error that names it", async () => {
    await using server = await MockServer.start();
    await using client = await quietClient(server, server.phone());

    const answer = await mex(client, "42", {});

    expect(answer).toMatchObject({
      errors: [
        { message: expect.stringContaining("persisted query 42"), extensions: { error_code: 400 } },
      ],
    });
    await expect(
      client.ask("get", "w:mex", [tag("query", { query_id: "42" }, Buffer.from("{"))]),
    ).rejects.toMatchObject({ data: 400 });
  });

  test("tells an account what it may do, and when that changes", async () => {
    await using server = await MockServer.start();
    const bot = server.phone();
    await using client = await quietClient(server, bot);
    const { sock } = client;
    const cappings: unknown[] = [];
    sock.ev.on("message-capping.update", (update) => cappings.push(update));
    const locks: unknown[] = [];
    sock.ev.on("connection.update", ({ reachoutTimeLock }) => {
      if (reachoutTimeLock !== undefined) locks.push(reachoutTimeLock.isActive);
    });
    const endsAt = Date.UTC(2100, 0);

    const free = await sock.fetchAccountReachoutTimelock();
    bot.setTimelock({ endsAt, enforcementType: "WEB_COMPANION_ONLY" });
    bot.setCapping({ totalQuota: 10, usedQuota: 9, status: "SECOND_WARNING" });
    await client.roundTrip();
    const locked = await sock.fetchAccountReachoutTimelock();
    const cap = await sock.fetchNewChatMessageCap();
    bot.setTimelock(undefined);
    await vi.waitFor(() => expect(locks).toHaveLength(4), WAIT);

    expect(free).toMatchObject({ isActive: false, timeEnforcementEnds: undefined });
    expect(locked).toEqual({
      isActive: true,
      timeEnforcementEnds: new Date(endsAt),
      enforcementType: "WEB_COMPANION_ONLY",
    });
    expect(locks).toEqual([false, true, true, false]);
    expect(cap).toMatchObject({ total_quota: 10, used_quota: 9, capping_status: "SECOND_WARNING" });
    expect(cappings).toEqual([cap]);
  });
});
