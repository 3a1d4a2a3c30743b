import { EventEmitter, once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Contact, type MockServerError, MockServer, type Phone } from "@motte/mock-server";
import { ManualClock } from "@motte/core/manual-clock";
import type { proto } from "@whiskeysockets/baileys";
import { Expectations } from "../src/journal/expectations.ts";
import { Journal } from "../src/journal/journal.ts";
import type { Account } from "../src/world/account.ts";
import { BareClient } from "./support/bare-client.ts";
import { type StanzaClient, quietClient, tag } from "./support/stanza-client.ts";

const PING = { tag: "iq", attrs: { xmlns: "w:p" } };

let server: MockServer;
let phone: Phone;
let ana: Contact;
let ben: Contact;
let client: StanzaClient;

beforeAll(async () => {
  server = await MockServer.start({ seed: "expect" });
  phone = server.phone({ name: "Bot" });
  ana = server.contact({ name: "Ana" });
  ben = server.contact({ name: "Ben" });
  client = await quietClient(server, phone);
});

afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await server.close();
});

const errorOf = async (work: Promise<unknown>): Promise<MockServerError> => {
  const error: unknown = await work.catch((each: unknown) => each);
  if (error instanceof Error) return error as MockServerError;
  throw new Error("It did not reject");
};

describe("expect", () => {
  test("finds a stanza that came before and waits for one that comes", async () => {
    await client.roundTrip();
    const first = await server.expect(PING);
    const second = server.expect(PING, { after: first });
    await client.roundTrip();

    expect(first).toMatchObject({ tag: "iq", direction: "in", person: "Bot" });
    expect((await second).sequence).toBeGreaterThan(first.sequence);
    expect(first.node.content).toEqual([{ tag: "ping", attrs: {} }]);
  });

  test("waits for several and resolves with all of them", async () => {
    const after = await lastEntry();
    const three = server.expect(PING, { count: 3, after });
    for (let round = 0; round < 3; round++) await client.roundTrip();

    const entries = await three;
    expect(entries).toHaveLength(3);
    expect(entries.every(({ attrs }) => attrs["xmlns"] === "w:p")).toBe(true);
  });

  test("looks inside a stanza for a child of a child", async () => {
    const match = { direction: "out", child: "pair-device/ref" } as const;
    await expect(server.expect(match)).resolves.toMatchObject({ connection: "c1" });
    const wrong = { direction: "out", child: "pair-device/nothing" } as const;
    await expect(server.expect(wrong, { within: 1 })).rejects.toMatchObject({
      code: "MOCK_TIMED_OUT",
    });
  });

  test("knows messages by whom they are for and what they say", async () => {
    const after = await lastEntry();
    const toAna = server.expect({ message: { from: phone, to: ana, text: /^pong/ } }, { after });
    await client.sock.sendMessage(ben.pn, { text: "pong for Ben" });
    await client.sock.sendMessage(ana.pn, { text: "something else" });
    const sent = await client.sock.sendMessage(ana.pn, { text: "pong for Ana" });

    const entry = await toAna;
    expect(entry.attrs["id"]).toBe(sent?.key.id);
    expect(entry.plain?.extendedTextMessage?.text).toBe("pong for Ana");
    // The same from the past, when it is known what each says.
    await expect(
      server.expect({ message: { to: ana, text: "pong for Ana" } }, { after }),
    ).resolves.toBe(entry);
  });

  test("knows messages to groups, reactions, and what people write to the bot", async () => {
    const after = await lastEntry();
    const group = server.group({ subject: "Friends", members: [phone, ana, ben] });
    const { id } = await ana.say(phone, "hello bot");
    await ana.delivered(id);
    await client.sock.sendMessage(group.jid, { text: "hello all" });
    const key = { remoteJid: ana.pn, id, fromMe: false };
    await client.sock.sendMessage(ana.pn, { react: { text: "👍", key } });

    await server.expect({ message: { to: group, text: "hello all" } }, { after });
    await server.expect({ message: { to: ana, kind: "reactionMessage" } }, { after });
    await server.expect(
      { direction: "out", message: { from: ana, to: phone, text: "hello bot" } },
      { after },
    );
    await expect(
      server.expect(
        { message: { to: ana, where: ({ pollCreationMessage }) => Boolean(pollCreationMessage) } },
        { after, within: 1 },
      ),
    ).rejects.toMatchObject({ code: "MOCK_TIMED_OUT" });
  });

  test("can be about the clients of one phone, or one connection", async () => {
    await using other = await quietClient(server, server.phone({ name: "Other" }));
    const after = await lastEntry();
    await other.roundTrip();
    await client.roundTrip();
    const [connection] = server.connections;

    const ofBot = await server.expect(PING, { from: phone, after });
    expect(ofBot.person).toBe("Bot");
    if (connection === undefined) throw new Error("There is no connection");
    await expect(server.expect(PING, { from: connection, after })).resolves.toBe(ofBot);
  });

  test("says what came instead, which faults were in place, and no number and no text", async () => {
    const rule = server.fault("cut", { phone, skip: 1_000 });
    await client.sock.sendMessage(ana.pn, { text: "a secret word" });
    await server.expect({ message: { text: "a secret word" } });
    const match = { message: { to: ana, text: "another secret" } };

    const error = await errorOf(server.expect(match, { within: 1, count: 2, from: phone }));
    rule.remove();

    expect(error.code).toBe("MOCK_TIMED_OUT");
    expect(error.message).toContain("came 0 of 2 times within 1 ms");
    expect(error.message).toContain("C> c2 <message");
    expect(error.message).toContain('seed "expect"');
    expect(error.message).toContain('"fault":"cut"');
    for (const secret of ["secret", phone.phoneNumber, ana.phoneNumber, ana.lid.split("@")[0]]) {
      expect(error.message).not.toContain(secret);
    }
  });

  test("checks what it is given", async () => {
    await expect(server.expect({ tag: "" })).rejects.toMatchObject({
      code: "USAGE_INVALID_OPTION",
    });
    await expect(server.expect({ direction: "up" as "in" })).rejects.toThrow("direction");
    await expect(server.expect({}, { within: -1 })).rejects.toThrow("within");
    await expect(server.expect({}, { count: 0 })).rejects.toThrow("count");
    await expect(server.expect({}, { form: phone } as object)).rejects.toThrow("form");
  });

  test.each([
    [null, "match.message must be an object"],
    [{ from: "Ana" }, "match.message.from must be a phone"],
    [{ to: "Ana" }, "match.message.to must be a phone"],
    [{ to: {} }, "match.message.to must be a phone"],
    [{ text: 1 }, "match.message.text must be a string"],
    [{ kind: "reaction" }, "match.message.kind must be a field of a message"],
    [{ kind: "toJSON" }, "match.message.kind must be a field of a message"],
    [{ where: true }, "match.message.where must be a function"],
    [{ txt: "x" }, '"txt"'],
  ])("refuses to wait for a message like %j", async (message, words) => {
    const waiting = server.expect({ message: message as object }, { within: 1 });

    await expect(waiting).rejects.toMatchObject({
      code: expect.stringMatching(/^USAGE_/),
      message: expect.stringContaining(words),
    });
  });

  test("ends with the server", async () => {
    const closing = await MockServer.start();
    const error = errorOf(closing.expect(PING));
    await closing.close();
    expect(await error).toMatchObject({ code: "MOCK_CLOSED" });
  });
});

describe("expectNone", () => {
  test("resolves when nothing like that comes, whatever came before", async () => {
    await client.roundTrip();
    await expect(server.expectNone(PING, { during: 20 })).resolves.toBeUndefined();
    await expect(
      server.expectNone({ message: { to: ana } }, { during: 20 }),
    ).resolves.toBeUndefined();
  });

  test("rejects as soon as one comes, and with what came since another stanza", async () => {
    const after = await lastEntry();
    const none = errorOf(
      server.expectNone({ message: { to: ben, text: "oh no" } }, { during: 10_000 }),
    );
    await client.sock.sendMessage(ben.pn, { text: "oh no" });

    const error = await none;
    expect(error.code).toBe("MOCK_UNEXPECTED_STANZA");
    expect(error.message).toContain("was not to come");
    expect(error.message).not.toContain("oh no");
    await expect(
      server.expectNone({ message: { to: ben, text: "oh no" } }, { after }),
    ).rejects.toMatchObject({ code: "MOCK_UNEXPECTED_STANZA" });
  });
});

test("a message that is being read when the time is over was not to come either", async () => {
  const clock = new ManualClock();
  const author = { phoneNumber: "15550000001" } as Account;
  const limits = { maxJournalEntries: 9, maxJournalBytes: 9_999, maxJournalStanzaBytes: 999 };
  const whose = () => author;
  const journal = new Journal({ clock, realClock: clock, limits, whose, circumstances: () => "" });
  const expectations = new Expectations({ journal, realClock: clock, whose });
  const reader = new EventEmitter();
  const readIt = async (): Promise<proto.IMessage> => {
    await once(reader, "read");
    return { conversation: "oh no" };
  };
  const none = errorOf(
    expectations.expectNone({ direction: "out", message: { text: "oh no" } }, { during: 100 }),
  );
  await clock.advance(50);
  const stanza = tag("message", { id: "1", from: "15550000001@s.whatsapp.net" });
  journal.record({ direction: "out", stanza });
  journal.offerPlain(author, "1", readIt);
  await clock.advance(100);
  reader.emit("read");

  expect(await none).toMatchObject({ code: "MOCK_UNEXPECTED_STANZA" });
});

test("a client that is not linked yet can be expected too", async () => {
  await using bare = await BareClient.open(server);
  await bare.receive("iq");
  const waiting = server.expect({ tag: "unheard-of" });
  bare.send(tag("unheard-of", { id: "1" }));

  expect((await waiting).device).toBeUndefined();
});

/** The last entry there is; a matcher that looks only after it does not see earlier tests. */
async function lastEntry() {
  const entry = server.journal.entries.at(-1);
  if (entry === undefined) throw new Error("Nothing came yet");
  return entry;
}
