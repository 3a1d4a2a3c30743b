import { describe, expect, test } from "vitest";
import { type FaultName, type JournalEntry, MockServer } from "@motte/mock-server";
import { pairedClient, settled } from "../support/client.ts";
import { faultStage } from "../support/fault-stage.ts";
import { StanzaClient, at } from "../support/stanza-client.ts";

const isRetry = ({ tag, attrs, direction }: JournalEntry): boolean =>
  tag === "receipt" && direction === "in" && attrs["type"] === "retry";

const refusals = ({ journal }: MockServer): (string | undefined)[] =>
  journal
    .filter(
      ({ tag, attrs, direction }) =>
        tag === "ack" && direction === "in" && attrs["error"] !== undefined,
    )
    .map(({ attrs }) => attrs["error"]);

const FAST = { retryRequestDelayMs: 10 };

describe.each(["bad-mac", "unknown-session"] as const)("%s", (fault) => {
  test("costs a retry at the start of a session, and the message arrives", async () => {
    await using server = await MockServer.start();
    const phone = server.phone();
    const ana = server.contact();
    await using client = await pairedClient(server, phone, FAST);
    await client.synced();
    const stanzas = new StanzaClient(client);
    const rule = server.fault(fault);

    const { id } = await ana.say(phone, "in the end");
    await client.message("in the end");
    await ana.delivered(id);

    expect(rule.fired).toBe(1);
    expect(server.journal.filter(isRetry)).toMatchObject([{ attrs: { id } }]);
    expect(sentAs(stanzas, id)).toEqual([fault === "bad-mac" ? "pkmsg" : "msg", "pkmsg"]);
  });

  test("costs a retry within a session, and the message arrives", async () => {
    await using server = await MockServer.start();
    const phone = server.phone();
    const ana = server.contact();
    await using client = await pairedClient(server, phone, FAST);
    await client.synced();
    await client.sock.sendMessage(ana.pn, { text: "hello" });
    await ana.receive();
    await ana.say(phone, "before");
    await client.message("before");
    const stanzas = new StanzaClient(client);
    server.fault(fault);

    const { id } = await ana.say(phone, "in the end");
    await client.message("in the end");
    await ana.delivered(id);

    expect(server.journal.filter(isRetry)).toMatchObject([{ attrs: { id } }]);
    expect(sentAs(stanzas, id)).toEqual(["msg", "pkmsg"]);
  });
});

/** How the first part of each copy of a message was encrypted, as the client got it. */
function sentAs(client: StanzaClient, id: string): (string | undefined)[] {
  return client
    .got("message", ({ attrs }) => attrs["id"] === id)
    .map((message) => at(message, "enc")?.attrs["type"]);
}

test("what a phone says to its own clients is spared", async () => {
  await using server = await MockServer.start();
  const phone = server.phone();
  const rule = server.fault("bad-mac");

  await using client = await pairedClient(server, phone);
  await client.synced();

  expect(rule.fired).toBe(0);
});

test("the same ciphertext under another id is refused, and its sender not asked", async () => {
  await using all = await faultStage();
  const { server, phone, client } = all;
  const ana = server.contact();
  server.fault("duplicate-counter");

  const { id } = await ana.say(phone, "once");
  await ana.delivered(id);
  const after = await ana.say(phone, "after");
  await ana.delivered(after.id);
  await settled(server, phone);

  const ids = client.got("message").map(({ attrs }) => attrs["id"]);
  expect(ids.indexOf(id)).toBeLessThan(ids.length - 2);
  expect(new Set(ids).size).toBe(ids.length);
  expect(refusals(server)).toEqual(["487"]);
  expect(server.journal.filter(isRetry)).toEqual([]);
});

test("the counter of an earlier message costs the message", async () => {
  await using all = await faultStage();
  const { server, phone } = all;
  const ana = server.contact();
  const rule = server.fault("old-counter");

  const first = await ana.say(phone, "first");
  await ana.delivered(first.id);
  expect(rule.fired).toBe(0);
  const second = await ana.say(phone, "second");
  const refused = ana.delivered(second.id);

  await expect(refused).rejects.toMatchObject({ code: "MOCK_MESSAGE_REFUSED" });
  expect(rule.fired).toBe(1);
  const third = await ana.say(phone, "third");
  await ana.delivered(third.id);
});

test("a group's message whose key was lost arrives after a retry", async () => {
  await using server = await MockServer.start();
  const phone = server.phone();
  const ana = server.contact();
  await using client = await pairedClient(server, phone, FAST);
  await client.synced();
  const group = server.group({ subject: "Garden", members: [ana, phone] });
  const stanzas = new StanzaClient(client);
  const rule = server.fault("missing-sender-key");

  const { id } = await ana.say(group, "in the group");
  await client.message("in the group");
  await ana.delivered(id);

  expect(rule.fired).toBe(1);
  expect(server.journal.filter(isRetry)).toMatchObject([{ attrs: { id } }]);
  expect(sentAs(stanzas, id)).toEqual(["skmsg", "pkmsg"]);
});

test.each(["bad-mac", "duplicate-counter", "old-counter", "unknown-session"] satisfies FaultName[])(
  "%s leaves a message without encryption alone",
  async (fault) => {
    await using all = await faultStage();
    const { server, client } = all;
    const rule = server.fault(fault, { match: {}, times: "always" });

    await client.roundTrip();
    server.fault("unknown-stanza");
    await client.roundTrip();

    expect(rule.fired).toBe(0);
  },
);
