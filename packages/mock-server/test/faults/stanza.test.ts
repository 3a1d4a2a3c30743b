import { describe, expect, test } from "vitest";
import { type JournalEntry, MockServer } from "@motte/mock-server";
import { pairedClient, settled } from "../support/client.ts";
import { faultStage } from "../support/fault-stage.ts";
import { type StanzaClient, at, childrenOf, quietLogin, tag } from "../support/stanza-client.ts";

const ids = (client: StanzaClient): (string | undefined)[] =>
  client.got("message").map(({ attrs }) => attrs["id"]);

describe("a stanza that is dropped", () => {
  test("on its way to the client waits in the mailbox for the next login", async () => {
    await using all = await faultStage();
    const { server, phone, client } = all;
    const ana = server.contact();
    const rule = server.fault("drop-stanza", { match: { tag: "message" } });

    const { id } = await ana.say(phone, "lost at first");
    const other = await ana.say(phone, "not lost");
    await client.client.message("not lost");
    await ana.delivered(other.id);

    expect(ids(client)).not.toContain(id);
    expect(rule).toMatchObject({ fired: 1, active: false });
    expect(phone.companions).toMatchObject([{ queued: 1 }]);
    expect(server.journal.find(({ attrs }) => attrs["id"] === id)).toMatchObject({
      note: "held-back",
    });
    await client[Symbol.asyncDispose]();
    await using again = await quietLogin(server, client.auth);
    await again.client.message("lost at first");
    await ana.delivered(id);
  });

  test("on its way to the server was never said", async () => {
    await using all = await faultStage();
    const { server, client } = all;
    const ana = server.contact();
    server.fault("drop-stanza", { direction: "in", match: { tag: "message" } });

    const lost = await client.sock.sendMessage(ana.pn, { text: "lost" });
    await client.sock.sendMessage(ana.pn, { text: "heard" });

    expect(await ana.receive()).toMatchObject({ text: "heard" });
    const acks = client.got("ack", ({ attrs }) => attrs["id"] === lost?.key.id);
    expect(acks).toEqual([]);
  });
});

test("the ack of a message is dropped, not the message, nor any other answer", async () => {
  await using all = await faultStage();
  const { server, client } = all;
  const ana = server.contact();
  const rule = server.fault("drop-ack");

  const first = await client.sock.sendMessage(ana.pn, { text: "one" });
  const second = await client.sock.sendMessage(ana.pn, { text: "two" });
  await ana.receive({ where: ({ text }) => text === "one" });
  await ana.receive({ where: ({ text }) => text === "two" });
  await client.roundTrip();

  const acked = client.got("ack").map(({ attrs }) => attrs["id"]);
  expect(acked).not.toContain(first?.key.id);
  expect(acked).toContain(second?.key.id);
  expect(rule.fired).toBe(1);
});

describe("the reply to a request", () => {
  test("is dropped after the server has done what was asked", async () => {
    await using all = await faultStage();
    const { server, phone, client } = all;
    server.fault("drop-reply", { match: { attrs: { xmlns: "status" } } });

    await client.sock.sendNode(
      tag("iq", { id: "1", to: "s.whatsapp.net", type: "set", xmlns: "status" }, [
        tag("status", {}, Buffer.from("gone fishing")),
      ]),
    );
    await client.roundTrip();

    expect(client.got("iq", ({ attrs }) => attrs["id"] === "1")).toEqual([]);
    expect(phone.profile.about).toBe("gone fishing");
  });

  test("has another id, and the next one with the same id its own", async () => {
    await using all = await faultStage();
    const { server, client } = all;
    server.fault("wrong-id", { match: { attrs: { xmlns: "w:p" } }, id: "other" });

    await client.sock.sendNode(ping("2"));
    await client.sock.sendNode(ping("2"));
    await client.roundTrip();

    expect(client.got("iq", ({ attrs }) => attrs["id"] === "other")).toHaveLength(1);
    expect(client.got("iq", ({ attrs }) => attrs["id"] === "2")).toHaveLength(1);
  });

  test("is dropped, and not one to another request meanwhile", async () => {
    await using all = await faultStage();
    const { server, client } = all;
    server.clock.freeze();
    const match = { attrs: { id: "late" } };
    server.fault("drop-reply", { match });
    const delay = server.fault("delay-stanza", { direction: "in", match, ms: 1000 });

    await client.sock.sendNode(ping("late"));
    await delay.whenFired();
    await client.roundTrip();
    server.clock.advance(1000);
    await client.roundTrip();

    expect(client.got("iq", ({ attrs }) => attrs["id"] === "late")).toEqual([]);
    const kept = server.journal.filter(
      ({ note, direction }) => note === "held-back" && direction === "out",
    );
    expect(kept).toMatchObject([{ attrs: { id: "late" } }]);
  });

  test("is an error, and nothing was done", async () => {
    await using all = await faultStage();
    const { server, phone, client } = all;
    const before = phone.profile.about;
    server.fault("iq-error", { match: { attrs: { xmlns: "status" } }, code: 406, text: "no" });

    const set = client.ask("set", "status", [tag("status", {}, Buffer.from("new"))]);

    await expect(set).rejects.toMatchObject({ message: "no", data: 406 });
    expect(phone.profile.about).toBe(before);
  });
});

function ping(id: string): ReturnType<typeof tag> {
  return tag("iq", { id, to: "s.whatsapp.net", type: "get", xmlns: "w:p" }, [tag("ping")]);
}

test("a delayed stanza arrives when the server's clock says so, and others overtake it", async () => {
  await using all = await faultStage();
  const { server, client } = all;
  server.clock.freeze();
  const rule = server.fault("delay-stanza", {
    match: { tag: "iq", attrs: { id: "late" } },
    ms: 60_000,
  });

  await client.sock.sendNode(ping("late"));
  await client.roundTrip();
  await rule.whenFired();
  expect(client.got("iq", ({ attrs }) => attrs["id"] === "late")).toEqual([]);
  server.clock.advance(59_999);
  await client.roundTrip();
  expect(client.got("iq", ({ attrs }) => attrs["id"] === "late")).toEqual([]);
  server.clock.advance(1);
  await client.roundTrip();

  expect(client.got("iq", ({ attrs }) => attrs["id"] === "late")).toHaveLength(1);
});

describe("a duplicate", () => {
  test("reaches the client as often as is set", async () => {
    await using all = await faultStage();
    const { server, phone, client } = all;
    const ana = server.contact();
    server.fault("duplicate-stanza", { copies: 2 });

    const { id } = await ana.say(phone, "thrice");
    await ana.say(phone, "once");
    await client.client.message("once");
    await settled(server, phone);

    expect(ids(client).filter((each) => each === id)).toHaveLength(3);
    expect(
      client.client.received.filter(({ key, message }) => key.id === id && message),
    ).toHaveLength(1);
  });

  test("of a client's message is read once, and not asked for again", async () => {
    await using all = await faultStage();
    const { server, client } = all;
    const ana = server.contact();
    server.fault("duplicate-stanza", { direction: "in" });

    await client.sock.sendMessage(ana.pn, { text: "twice" });
    await client.sock.sendMessage(ana.pn, { text: "once" });
    await ana.receive({ where: ({ text }) => text === "once" });
    await client.roundTrip();

    expect(ana.messages.map(({ text }) => text)).toEqual(["twice", "once"]);
    expect(client.got("receipt", isRetry)).toEqual([]);
  });
});

const isRetry = ({ attrs }: Pick<JournalEntry, "attrs">): boolean => attrs["type"] === "retry";

describe("stanzas out of order", () => {
  test("change places with those that match", async () => {
    await using all = await faultStage();
    const { server, phone, client } = all;
    server.clock.freeze();
    const ana = server.contact();
    server.fault("reorder-stanzas", { behind: 2, waitMs: 500 });

    const [first, second, third, fourth] = [
      await ana.say(phone, "1"),
      await ana.say(phone, "2"),
      await ana.say(phone, "3"),
      await ana.say(phone, "4"),
    ];
    await client.client.message("1");
    await client.client.message("4");

    const order = [second.id, third.id, first.id, fourth.id];
    expect(ids(client).slice(-4)).toEqual(order);
    server.clock.advance(500);
    await client.roundTrip();
    expect(ids(client).slice(-4)).toEqual(order);
  });

  test("are not held for ever when nothing comes after them", async () => {
    await using all = await faultStage();
    const { server, phone, client } = all;
    server.clock.freeze();
    const ana = server.contact();
    const rule = server.fault("reorder-stanzas", { waitMs: 500 });

    await ana.say(phone, "alone");
    await rule.whenFired();
    server.clock.advance(500);

    await client.client.message("alone");
    const after = await ana.say(phone, "after");
    await client.client.message("after");
    expect(ids(client).filter((each) => each === after.id)).toHaveLength(1);
  });
});

describe("a malformed message", () => {
  const cases = [
    ["missing-attribute", { attribute: "notify" }],
    ["missing-attribute", { attribute: "v", of: "enc" }],
    ["missing-child", {}],
    ["text-content", {}],
    ["unknown-tag", {}],
    ["unknown-tag", { tag: "puzzle", of: "enc" }],
    ["bad-jid", {}],
  ] as const;

  test.each(cases)("has %s %j, and the mailbox the right one", async (fault, settings) => {
    await using all = await faultStage();
    const { server, phone, client } = all;
    const ana = server.contact();
    const rule = server.fault(fault, settings);

    const { id } = await ana.say(phone, "malformed");
    await rule.whenFired();
    await client.roundTrip();

    expect(flaw(seen(client, id), fault)).toBe(true);
  });
});

test("a client that refuses a message without an id stays connected", async () => {
  await using all = await faultStage();
  const { server, phone, client } = all;
  const ana = server.contact();
  server.fault("missing-attribute", { attribute: "id" });

  await ana.say(phone, "nameless");
  await server.journal.waitFor(
    ({ tag: name, direction, attrs }) =>
      name === "ack" && direction === "in" && attrs["class"] === "message" && !("id" in attrs),
  );
  await client.client.sock.sendMessage(ana.pn, { text: "still there" });

  expect(await ana.receive()).toMatchObject({ text: "still there" });
});

function seen(client: StanzaClient, id: string): ReturnType<typeof tag> | undefined {
  return client.stanzas.find(({ tag: name, attrs }) => name !== "receipt" && attrs["id"] === id);
}

function flaw(stanza: ReturnType<typeof tag> | undefined, fault: string): boolean {
  const enc = at(stanza, "enc");
  switch (fault) {
    case "missing-attribute":
      return stanza?.attrs["notify"] === undefined || enc?.attrs["v"] === undefined;
    case "missing-child":
      return stanza !== undefined && childrenOf(stanza, "enc").length === 0;
    case "text-content":
      return enc?.content === "0123456789";
    case "unknown-tag":
      return stanza?.tag === "mystery" || at(stanza, "puzzle") !== undefined;
    default:
      return stanza?.attrs["from"] === "not-a-jid";
  }
}

test.each(["stanza", "iq", "notification", "ib"] as const)(
  "an unknown %s is put among the others",
  async (kind) => {
    await using all = await faultStage();
    const { server, client } = all;

    server.fault("unknown-stanza", { kind, name: "riddle" });
    await client.roundTrip();

    const unknown = client.stanzas.filter((each) => JSON.stringify(each).includes("riddle"));
    expect(unknown.map((each) => each.tag)).toEqual([kind === "stanza" ? "riddle" : kind]);
  },
);

test("a fault that was taken away changes nothing", async () => {
  await using server = await MockServer.start();
  const phone = server.phone();
  await using client = await pairedClient(server, phone);
  await client.synced();
  const ana = server.contact();
  const names = ["drop-stanza", "bad-jid", "unknown-tag", "bad-mac"] as const;
  for (const name of names) server.fault(name, { times: "always" }).remove();

  const { id } = await ana.say(phone, "untouched");
  await client.message("untouched");
  await ana.delivered(id);

  expect(server.faults.firings).toEqual([]);
});
