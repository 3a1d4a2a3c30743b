import { describe, expect, test } from "vitest";
import { MockServer } from "@motte/mock-server";
import { at, childrenOf, quietClient, quietLogin, tag, textOf } from "./support/stanza-client.ts";

const category = (
  name: string,
  value: string,
  rest: Record<string, string> = {},
  users?: ReturnType<typeof tag>[],
): ReturnType<typeof tag>[] => [
  tag("privacy", {}, [tag("category", { name, value, ...rest }, users)]),
];

const item = (action: string, jid: string): ReturnType<typeof tag>[] => [
  tag("item", { action, jid }),
];

describe("privacy settings", () => {
  test("are those of a new account, and stay as they were set", async () => {
    await using server = await MockServer.start();
    const phone = server.phone();
    await using client = await quietClient(server, phone);

    const before = await client.ask("get", "privacy", [tag("privacy")]);
    const echo = await client.ask("set", "privacy", category("last", "none"));
    const after = await client.sock.fetchPrivacySettings(true);

    expect(childrenOf(before).map(({ attrs }) => attrs["name"])).toEqual(
      expect.arrayContaining(["readreceipts", "last", "online", "profile", "status", "groupadd"]),
    );
    expect(at(echo, "category")?.attrs).toEqual({ name: "last", value: "none" });
    expect(after).toMatchObject({ last: "none", online: "all" });
    expect(phone.profile.privacy("last")).toBe("none");
  });

  test("that do not exist are refused and change nothing", async () => {
    await using server = await MockServer.start();
    await using client = await quietClient(server, server.phone());
    const before = await client.sock.fetchPrivacySettings(true);
    const wrong = [
      ["last", "sometimes"],
      ["online", "none"],
      ["horoscope", "all"],
    ] as const;

    for (const [name, value] of wrong) {
      await expect(client.ask("set", "privacy", category(name, value))).rejects.toMatchObject({
        data: 400,
      });
    }
    expect(await client.sock.fetchPrivacySettings(true)).toEqual(before);
  });

  test("leave out the people on a list, whose hash guards it against stale edits", async () => {
    await using server = await MockServer.start();
    const ana = server.contact({ name: "Ana" });
    const ben = server.contact({ name: "Ben" });
    await using client = await quietClient(server, server.phone());
    const edit = (who: string, action: string, dhash?: string): Promise<unknown> =>
      client.ask(
        "set",
        "privacy",
        category("last", "contact_blacklist", dhash === undefined ? {} : { dhash }, [
          tag("user", { action, jid: who }),
        ]),
      );

    const first = await client.ask(
      "set",
      "privacy",
      category("last", "contact_blacklist", { dhash: "none" }, [
        tag("user", { action: "add", jid: ana.lid }),
      ]),
    );
    const hash = at(first, "category")?.attrs["dhash"];
    await edit(ben.pn, "add", hash);
    await edit(ana.pn, "remove");
    const list = await client.ask("get", "privacy", [
      tag("privacy", {}, [tag("list", { name: "last", value: "contact_blacklist" })]),
    ]);

    await expect(edit(ana.pn, "add", hash)).rejects.toMatchObject({ data: 409 });
    expect(childrenOf(at(list, "list")).map(({ attrs }) => attrs)).toEqual([
      { jid: ben.lid, pn_jid: ben.pn },
    ]);
  });

  test("of one client are told to the account's other clients, and to them only", async () => {
    await using server = await MockServer.start();
    const phone = server.phone();
    await using one = await quietClient(server, phone);
    await using two = await quietClient(server, phone);
    await using stranger = await quietClient(server, server.phone());

    await one.sock.updateOnlinePrivacy("match_last_seen");
    await one.sock.updateDefaultDisappearingMode(604_800);
    await two.roundTrip();
    await stranger.roundTrip();
    await one.roundTrip();

    // A newly linked device is news of the account as well.
    const settingsNews = (client: typeof one): ReturnType<typeof tag>[] =>
      client.notifications("account_sync").filter((each) => childrenOf(each)[0]?.tag !== "devices");
    const heard = settingsNews(two);
    expect(heard.map((each) => childrenOf(each)[0]?.tag)).toEqual(["privacy", "disappearing_mode"]);
    expect(heard[0]?.attrs["from"]).toBe(phone.pn);
    expect(at(heard[0], "privacy", "category")?.attrs).toEqual({
      name: "online",
      value: "match_last_seen",
    });
    expect(two.auth.creds.accountSettings.defaultDisappearingMode).toMatchObject({
      ephemeralExpiration: 604_800,
    });
    expect(settingsNews(one)).toEqual([]);
    expect(stranger.notifications("account_sync")).toEqual([]);
    expect(phone.profile.disappearingSeconds).toBe(604_800);
  });
});

describe("the blocklist", () => {
  test("names people by LID and number, has a hash that follows it, and is told to other clients", async () => {
    await using server = await MockServer.start();
    const phone = server.phone();
    const ana = server.contact({ name: "Ana" });
    await using one = await quietClient(server, phone);
    await using two = await quietClient(server, phone);
    const empty = await one.ask("get", "blocklist");
    const blocked = await one.ask("set", "blocklist", item("block", ana.lid));
    await one.ask("set", "blocklist", item("block", ana.pn));
    await two.roundTrip();
    const list = await two.ask("get", "blocklist");

    expect(list).toMatchObject({ tag: "list", attrs: { dhash: blocked?.attrs["dhash"] } });
    expect(childrenOf(list).map(({ attrs }) => attrs)).toEqual([{ jid: ana.lid, pn_jid: ana.pn }]);
    expect(blocked?.attrs).toMatchObject({ matched: "false", c_dhash: empty?.attrs["dhash"] });
    expect(blocked?.attrs["dhash"]).not.toBe(empty?.attrs["dhash"]);
    const [heard, ...more] = two.notifications("account_sync");
    expect(more).toEqual([]);
    expect(at(heard, "blocklist", "item")?.attrs).toEqual({
      jid: ana.lid,
      pn_jid: ana.pn,
      action: "block",
    });
    expect(phone.profile.hasBlocked(ana)).toBe(true);

    await two.ask("set", "blocklist", item("unblock", ana.pn));
    expect(childrenOf(await one.ask("get", "blocklist"))).toEqual([]);
    expect(phone.profile.hasBlocked(ana)).toBe(false);
  });

  test("takes nobody it does not know, and nothing but blocking", async () => {
    await using server = await MockServer.start();
    const ana = server.contact({ name: "Ana" });
    await using client = await quietClient(server, server.phone());

    await expect(
      client.ask("set", "blocklist", [tag("item", { action: "block", jid: "1@lid" })]),
    ).rejects.toMatchObject({ data: 404 });
    await expect(
      client.ask("set", "blocklist", [tag("item", { action: "bite", jid: ana.lid })]),
    ).rejects.toMatchObject({ data: 400 });
  });
});

describe("the text of a person", () => {
  test("reaches those who may see it", async () => {
    await using server = await MockServer.start();
    const phone = server.phone({ name: "Bot" });
    const friend = server.phone({ name: "Friend" });
    const foe = server.phone({ name: "Foe" });
    phone.profile.block(foe);
    await using one = await quietClient(server, phone);
    await using second = await quietClient(server, phone);
    await using friendly = await quietClient(server, friend);
    await using hostile = await quietClient(server, foe);

    for (const person of [friend, foe]) {
      await one.sock.sendMessage(person.pn, { text: "hello" });
    }

    await one.sock.updateProfileStatus("busy");
    const posts = await one.ask("get", "status", [tag("privacy")]);
    for (const client of [second, friendly, hostile]) await client.roundTrip();

    expect(phone.profile.about).toBe("busy");
    expect(friendly.notifications("status").map((each) => textOf(at(each, "set")))).toEqual([
      "busy",
    ]);
    expect(hostile.notifications("status")).toEqual([]);
    expect(textOf(at(second.notifications("account_sync")[0], "status"))).toBe("busy");
    expect(at(posts, "list")?.attrs["type"]).toBe("contacts");
  });
});

describe("server props", () => {
  test("reach a client at its next login, and their hash follows them", async () => {
    await using server = await MockServer.start();
    await using client = await quietClient(server, server.phone());
    const ask = (): Promise<ReturnType<typeof tag> | undefined> =>
      client.ask("get", "abt", [tag("props", { protocol: "1" })]);

    const before = await ask();
    server.props.set(10518, false);
    server.props.set("77", "blue");
    const changed = await ask();
    server.props.delete(10518);
    server.props.delete(77);
    const after = await ask();

    expect(before).toMatchObject({ attrs: { protocol: "1", refresh_id: "1" } });
    expect(childrenOf(before)).toEqual([]);
    expect(childrenOf(changed).map(({ attrs }) => attrs)).toEqual([
      { config_code: "10518", config_value: "false" },
      { config_code: "77", config_value: "blue" },
    ]);
    expect(changed?.attrs["hash"]).not.toBe(before?.attrs["hash"]);
    expect(after?.attrs["hash"]).toBe(before?.attrs["hash"]);
    expect(after?.attrs["refresh_id"]).toBe("5");
    expect(() => server.props.set("blue", 1)).toThrow(
      expect.objectContaining({ code: "USAGE_INVALID_OPTION" }),
    );
  });
});

describe("dirty marks", () => {
  test("stay until a client cleans them, and are repeated at login", async () => {
    await using server = await MockServer.start();
    const phone = server.phone();
    await using client = await quietClient(server, phone);

    phone.markDirty("newsletter_metadata");
    phone.markDirty("syncd_app_state");
    await client.roundTrip();
    const heard = client.got("ib", (each) => at(each, "dirty") !== undefined);
    const clean = tag("clean", { type: "syncd_app_state" });
    await client.ask("set", "urn:xmpp:whatsapp:dirty", [clean]);
    await client[Symbol.asyncDispose]();
    await using again = await quietLogin(server, client.auth);

    expect(heard.map((each) => at(each, "dirty")?.attrs)).toEqual([
      { type: "newsletter_metadata", timestamp: expect.stringMatching(/^\d+$/) },
      { type: "syncd_app_state", timestamp: expect.stringMatching(/^\d+$/) },
    ]);
    const repeated = again.got("ib", (each) => at(each, "dirty") !== undefined);
    expect(repeated.map((each) => at(each, "dirty")?.attrs["type"])).toEqual([
      "newsletter_metadata",
    ]);
  });

  test("make Baileys fetch and clean the account", async () => {
    await using server = await MockServer.start();
    const phone = server.phone();
    await using client = await quietClient(server, phone);

    phone.markDirty("account_sync");
    await client.roundTrip();
    phone.markDirty("account_sync");
    const cleaned = await server.journal.waitFor(({ children }) => children.includes("clean"));

    expect(cleaned.direction).toBe("in");
    expect(client.auth.creds.lastAccountSyncTimestamp).toBeGreaterThan(0);
  });
});

describe("requests that only want an answer", () => {
  test("get one", async () => {
    await using server = await MockServer.start({ strict: true });
    await using client = await quietClient(server, server.phone());

    const answers = await Promise.all([
      client.ask("set", "w:stats", [tag("add")]),
      client.ask("set", "urn:xmpp:whatsapp:push", [tag("config")]),
      client.ask("get", "urn:xmpp:whatsapp:push", [tag("config")]),
      client.ask("set", "urn:xmpp:whatsapp:account", [tag("crypto")]),
      client.ask("get", "tos", [tag("request")]),
      client.ask("set", "w:qr", [tag("qr")]),
      client.ask("get", "w:comms:chat", [tag("x")]),
    ]);

    expect(answers).toEqual(answers.map(() => undefined));
  });
});
