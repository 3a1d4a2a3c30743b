import { ManualClock } from "@motte/core/manual-clock";
import { describe, expect, test } from "vitest";
import { MockServer } from "@motte/mock-server";
import { childrenOf, quietClient, quietLogin, tag } from "./support/stanza-client.ts";

const subscribe = (to: string): ReturnType<typeof tag> =>
  tag("presence", { type: "subscribe", to, id: "p1" });
const presence = (type: string): ReturnType<typeof tag> => tag("presence", { type, name: "Ada" });
const chatstate = (to: string, content: ReturnType<typeof tag>): ReturnType<typeof tag> =>
  tag("chatstate", { to }, [content]);

describe("presence", () => {
  test("goes to those who asked for it, at once and with each change, until they ask no more", async () => {
    await using server = await MockServer.start();
    const ana = server.contact({ name: "Ana" });
    const ben = server.contact({ name: "Ben" });
    await using client = await quietClient(server, server.phone());

    ana.presence("available");
    await client.tell(subscribe(ana.pn));
    ben.presence("available");
    ana.presence("available");
    ana.presence("unavailable");
    await client.tell(tag("presence", { type: "unsubscribe", to: ana.pn }));
    ana.presence("available");
    await client.roundTrip();

    expect(client.got("presence").map(({ attrs }) => attrs)).toEqual([
      { from: ana.pn },
      { from: ana.pn, type: "unavailable", last: expect.stringMatching(/^\d{10}$/) },
    ]);
    expect(ana.available).toBe(true);
    expect(() => ana.presence("composing" as "available")).toThrow(
      expect.objectContaining({ code: "USAGE_INVALID_OPTION" }),
    );
  });

  test("is named as it was asked for, and of one never seen says no time", async () => {
    await using server = await MockServer.start();
    const ana = server.contact({ name: "Ana" });
    await using client = await quietClient(server, server.phone());

    await client.tell(subscribe(ana.lid));
    await client.tell(subscribe("15559999999@s.whatsapp.net"));

    expect(client.got("presence").map(({ attrs }) => attrs)).toEqual([
      { from: ana.lid, type: "unavailable" },
    ]);
  });

  test("of an account is that of all its clients, and ends with the last connection", async () => {
    await using server = await MockServer.start();
    const phone = server.phone({ name: "Bot" });
    await using watcher = await quietClient(server, server.phone({ name: "Watcher" }));
    await using one = await quietClient(server, phone);
    await using two = await quietClient(server, phone);
    await watcher.tell(subscribe(phone.pn));

    await one.tell(presence("available"));
    await two.tell(presence("available"));
    await one.tell(presence("unavailable"));
    const whileTwoIsThere = phone.available;
    await two[Symbol.asyncDispose]();
    await server.journal.waitFor(({ tag: name, attrs, direction }) => {
      return name === "presence" && direction === "out" && attrs["last"] !== undefined;
    });
    await watcher.roundTrip();

    expect(whileTwoIsThere).toBe(true);
    expect(phone.available).toBe(false);
    expect(watcher.got("presence").map(({ attrs }) => attrs["type"])).toEqual([
      "unavailable",
      undefined,
      "unavailable",
    ]);
  });

  test("changes the push name, which messages carry", async () => {
    await using server = await MockServer.start();
    const phone = server.phone({ name: "Bot" });
    await using other = await quietClient(server, server.phone({ name: "Other" }));
    await using client = await quietClient(server, phone);

    await client.tell(tag("presence", { name: "Robot" }));
    await client.tell(tag("presence"));
    await client.sock.sendMessage(other.auth.creds.me?.id ?? "", { text: "who am I?" });
    const received = await other.client.until("the message", () =>
      other.client.received.find(
        ({ message }) => message?.extendedTextMessage?.text === "who am I?",
      ),
    );

    expect(received.pushName).toBe("Robot");
    expect(phone.available).toBe(false);
  });

  test.each([
    ["hides the time when last seen is hidden", "last", "none", [undefined, "deny"]],
    ["hides everything when online is hidden too", "online", "match_last_seen", ["deny", "deny"]],
  ] as const)("%s", async (_, name, value, lasts) => {
    await using server = await MockServer.start();
    const ana = server.contact({ name: "Ana" });
    ana.profile.setPrivacy("last", "none");
    ana.profile.setPrivacy(name, value);
    await using client = await quietClient(server, server.phone());

    ana.presence("available");
    await client.tell(subscribe(ana.pn));
    ana.presence("unavailable");
    await client.roundTrip();

    expect(client.got("presence").map(({ attrs }) => attrs["last"])).toEqual(lasts);
  });

  test("shows no last seen to one who hides the own, and nothing to one who is blocked", async () => {
    await using server = await MockServer.start();
    const ana = server.contact({ name: "Ana" });
    const ben = server.contact({ name: "Ben" });
    const phone = server.phone();
    await using client = await quietClient(server, phone);
    for (const person of [ana, ben]) {
      person.presence("available");
      person.presence("unavailable");
    }
    phone.profile.setPrivacy("last", "none");
    ben.profile.block(phone);

    await client.tell(subscribe(ana.pn));
    await client.tell(subscribe(ben.pn));

    expect(client.got("presence").map(({ attrs }) => attrs)).toEqual([
      { from: ana.pn, type: "unavailable", last: "deny" },
    ]);
  });

  test("has to be asked for again on a new connection, which then hears the last state only", async () => {
    await using server = await MockServer.start();
    const ana = server.contact({ name: "Ana" });
    await using client = await quietClient(server, server.phone());
    await client.tell(subscribe(ana.pn));
    await client[Symbol.asyncDispose]();

    ana.presence("available");
    ana.presence("unavailable");
    ana.presence("available");
    await using again = await quietLogin(server, client.auth);
    await again.roundTrip();
    const unasked = again.got("presence").length;
    await again.tell(subscribe(ana.pn));

    expect(unasked).toBe(0);
    expect(again.got("presence").map(({ attrs }) => attrs)).toEqual([{ from: ana.pn }]);
  });
});

describe("typing", () => {
  test("goes both ways, in the namespace of the chat", async () => {
    await using server = await MockServer.start();
    const phone = server.phone();
    const ana = server.contact({ name: "Ana" });
    await using client = await quietClient(server, phone);
    await client.tell(presence("available"));

    ana.typing(phone);
    ana.recording({ jid: phone.lid });
    ana.paused(phone);
    const seen: unknown[] = [];
    for (const state of [tag("composing"), tag("composing", { media: "audio" }), tag("paused")]) {
      await client.tell(chatstate(ana.lid, state));
      seen.push(ana.chatStateOf(phone));
    }

    expect(
      client.got("chatstate").map((each) => [each.attrs["from"], childrenOf(each)[0]]),
    ).toEqual([
      [ana.pn, tag("composing")],
      [ana.lid, tag("composing", { media: "audio" })],
      [ana.pn, tag("paused")],
    ]);
    expect(seen).toEqual(["composing", "recording", "paused"]);
  });

  test("waits for a client that is away: the newest of each person, and not for long", async () => {
    const clock = new ManualClock(1_700_000_000_000);
    await using server = await MockServer.start({ clock, chatStateTtlMs: 3_000 });
    const phone = server.phone();
    const [ana, ben, eve] = ["Ana", "Ben", "Eve"].map((name) => server.contact({ name }));
    await using client = await quietClient(server, phone);

    eve?.typing(phone);
    await clock.advance(2_000);
    ana?.typing(phone);
    ben?.typing(phone);
    ana?.paused(phone);
    await clock.advance(1_000);
    await client.roundTrip();
    const unavailable = client.got("chatstate").length;
    await client.tell(presence("available"));

    expect(unavailable).toBe(0);
    expect(
      client.got("chatstate").map((each) => [each.attrs["from"], childrenOf(each)[0]?.tag]),
    ).toEqual([
      [ben?.pn, "composing"],
      [ana?.pn, "paused"],
    ]);
  });

  test("of a blocked person stays where it is, in both directions", async () => {
    await using server = await MockServer.start();
    const phone = server.phone();
    const ana = server.contact({ name: "Ana" });
    const ben = server.contact({ name: "Ben" });
    await using client = await quietClient(server, phone);
    await client.tell(presence("available"));
    phone.profile.block(ana);
    ben.profile.block(phone);

    ana.typing(phone);
    await client.tell(chatstate(ben.pn, tag("composing")));

    expect(client.got("chatstate")).toEqual([]);
    expect(ben.chatStateOf(phone)).toBeUndefined();
  });
});
