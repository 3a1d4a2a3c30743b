import { createHmac } from "node:crypto";
import { type BinaryNode, proto } from "@whiskeysockets/baileys";
import { ManualClock } from "@motte/core/manual-clock";
import { describe, expect, test } from "vitest";
import { MockServer } from "@motte/mock-server";
import { type StanzaClient, at, childrenOf, quietClient, tag } from "./support/stanza-client.ts";

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

/** Issues a token of the client's account to somebody. */
function issue(
  client: StanzaClient,
  jid: string,
  t = "1700000000",
): Promise<BinaryNode | undefined> {
  return client.ask("set", "privacy", [
    tag("tokens", {}, [tag("token", { jid, t, type: "trusted_contact" })]),
  ]);
}

/** The error a message with these further children gets; `undefined` when it is taken. */
async function writeTo(
  client: StanzaClient,
  jid: string,
  children: BinaryNode[] = [],
  attrs: Record<string, string> = {},
): Promise<string | undefined> {
  const id = client.sock.generateMessageTag();
  const answer = await client.sock.query(
    tag("message", { to: jid, id, type: "text", ...attrs }, [tag("participants"), ...children]),
  );
  return answer.attrs["error"];
}

describe("trusted-contact tokens", () => {
  test("go to every client of the person they are for, who may give one in return", async () => {
    await using server = await MockServer.start();
    const bot = server.phone({ name: "Bot" });
    const other = server.phone({ name: "Other" });
    await using client = await quietClient(server, bot);
    await using one = await quietClient(server, other);
    await using two = await quietClient(server, other);

    const first = await issue(client, other.pn);
    const back = await issue(one, bot.lid, "1700000001");
    await two.roundTrip();
    await client.roundTrip();

    expect(first).toBeUndefined();
    const [heard] = one.notifications("privacy_token");
    expect(heard?.attrs).toMatchObject({ from: bot.pn, sender_lid: bot.lid });
    const token = at(heard, "tokens", "token");
    expect(token?.attrs).toMatchObject({ t: "1700000000", type: "trusted_contact" });
    expect(token?.content).toHaveLength(32);
    expect(at(two.notifications("privacy_token")[0], "tokens", "token")?.content).toEqual(
      token?.content,
    );
    // The answer to the second has what the first gave.
    expect(at(back, "token")?.content).toEqual(token?.content);
    const given = at(client.notifications("privacy_token")[0], "tokens", "token");
    expect(given?.attrs["t"]).toBe("1700000001");
    expect(given?.content).not.toEqual(token?.content);
    expect(one.auth.records.get(`tctoken-${bot.lid}`)).toMatchObject({ timestamp: "1700000000" });
  });

  test("open a restricted person's messages, presence and picture, and nothing else does", async () => {
    const clock = new ManualClock(100 * WEEK_MS);
    await using server = await MockServer.start({ clock });
    const bot = server.phone({ name: "Bot" });
    const shy = server.phone({ name: "Shy" });
    const ana = server.contact({ name: "restricted:Ana" });
    ana.setPicture(Buffer.from("picture"));
    await using client = await quietClient(server, bot);
    await using giver = await quietClient(server, shy);
    const look = (content?: BinaryNode[]): Promise<BinaryNode | undefined> =>
      client.ask("get", "w:profile:picture", [tag("picture", { query: "url" }, content)], {
        target: ana.pn,
      });
    const now = String(clock.now() / 1000);
    await issue(giver, bot.pn, now);
    await client.roundTrip();
    const tokenOf = (index: number): BinaryNode => {
      const heard = client.notifications("privacy_token")[index];
      const content = at(heard, "tokens", "token")?.content;
      return tag("tctoken", {}, content as Uint8Array);
    };

    // The token of another person.
    expect(await writeTo(client, ana.pn, [tokenOf(0)])).toBe("463");
    expect(await writeTo(client, ana.lid)).toBe("463");
    await expect(look()).rejects.toMatchObject({ data: 404 });
    await client.tell(tag("presence", { type: "subscribe", to: ana.pn }));
    expect(client.got("presence")).toEqual([]);

    await ana.say(bot, "you may answer");
    await client.roundTrip();
    const token = tokenOf(1);
    await client.tell(tag("presence", { type: "subscribe", to: ana.pn }, [token]));

    expect(await writeTo(client, ana.pn, [token])).toBeUndefined();
    expect(await writeTo(client, ana.pn, [], { device_fanout: "false" })).toBeUndefined();
    expect((await look([token]))?.attrs["url"]).toContain("http://127.0.0.1");
    expect(client.got("presence")).toHaveLength(1);

    await clock.advance(4 * WEEK_MS - 1);
    expect(await writeTo(client, ana.pn, [token])).toBeUndefined();
    await clock.advance(1);
    expect(await writeTo(client, ana.pn, [token])).toBe("463");
  });

  test("make Baileys report the error, and its next message carries the token it got", async () => {
    await using server = await MockServer.start();
    const bot = server.phone({ name: "Bot" });
    const ana = server.contact({ name: "Ana" });
    ana.restrict();
    await using client = await quietClient(server, bot);

    const refused = await client.sock.sendMessage(ana.pn, { text: "hello stranger" });
    await client.client.status(refused?.key.id, proto.WebMessageInfo.Status.ERROR);
    await ana.say(bot, "hello");
    await client.client.message("hello");
    await client.client.until("the token", () =>
      client.auth.records.get(`tctoken-${ana.lid}`) === undefined ? undefined : true,
    );
    await client.sock.sendMessage(ana.pn, { text: "hello Ana" });
    const received = await ana.receive();

    expect(received.text).toBe("hello Ana");
    expect(ana.messages).toHaveLength(1);
    ana.restrict(false);
    expect(await writeTo(client, ana.pn)).toBeUndefined();
  });
});

describe("new-chat tokens", () => {
  test.each([
    ["scenario:restricted:Ana", undefined],
    ["scenario:restricted,cs_enabled=0:Ana", "463"],
    ["scenario:tc_enabled=0:Ana", undefined],
  ])("of %s lead to error %s", async (name, error) => {
    await using server = await MockServer.start({ seed: "new chats" });
    const bot = server.phone({ name: "Bot" });
    const ana = server.contact({ name });
    await using client = await quietClient(server, bot);
    const salt = bot.newChatSalt;
    const hmac = (text: string): Buffer => createHmac("sha256", salt).update(text).digest();

    expect(await writeTo(client, ana.pn, [tag("cstoken", {}, hmac(ana.lid))])).toBe(error);
    const wrong = await writeTo(client, ana.pn, [tag("cstoken", {}, hmac(ana.pn))]);
    expect(wrong).toBe(name.includes("restricted") ? "463" : undefined);
  });

  test("are the only way in where trusted-contact tokens are switched off", async () => {
    await using server = await MockServer.start();
    const bot = server.phone({ name: "Bot" });
    const ana = server.contact({ name: "scenario:restricted,tc_enabled=0:Ana" });
    await using client = await quietClient(server, bot);
    await ana.say(bot, "hello");
    await client.client.message("hello");
    const content = at(client.notifications("privacy_token")[0], "tokens", "token")?.content;

    const error = await writeTo(client, ana.pn, [tag("tctoken", {}, content as Uint8Array)]);

    expect(error).toBe("463");
    expect(childrenOf(client.notifications("privacy_token")[0])).toHaveLength(1);
  });
});

describe("a blocked person's messages", () => {
  test("are taken and go nowhere", async () => {
    await using server = await MockServer.start();
    const bot = server.phone({ name: "Bot" });
    const ana = server.contact({ name: "Ana" });
    const ben = server.contact({ name: "Ben" });
    await using client = await quietClient(server, bot);
    ana.profile.block(bot);
    bot.profile.block(ben);

    await client.sock.sendMessage(ana.pn, { text: "hello?" });
    await ben.say(bot, "hello?");
    await client.roundTrip();
    bot.profile.unblock(ben);
    ana.profile.unblock(bot);
    await ben.say(bot, "and now?");
    await client.client.message("and now?");
    await client.sock.sendMessage(ana.pn, { text: "and now?" });
    await ana.receive();

    expect(ana.messages.map(({ text }) => text)).toEqual(["and now?"]);
    expect(client.client.received.map(({ message }) => message?.conversation)).not.toContain(
      "hello?",
    );
    expect(bot.sentMessages.map(({ text }) => text)).toEqual(["hello?", "and now?"]);
  });
});
