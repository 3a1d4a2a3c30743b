import { deflateSync } from "node:zlib";
import { type BinaryNode, encodeBinaryNode } from "@whiskeysockets/baileys";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ManualClock } from "@motte/core/manual-clock";
import { MockServer } from "@motte/mock-server";
import type { Recording } from "../src/journal/entry.ts";
import { Journal } from "../src/journal/journal.ts";
import { encodeNode } from "../src/wire/node-codec.ts";
import { person } from "./support/groups.ts";
import { quietClient, tag } from "./support/stanza-client.ts";
import { settled } from "./support/client.ts";

const LIMITS = { maxJournalEntries: 8, maxJournalBytes: 10_000, maxJournalStanzaBytes: 600 };

function journalOf(limits: Partial<typeof LIMITS> = {}): Journal {
  const clock = new ManualClock();
  return new Journal({
    clock,
    realClock: clock,
    limits: { ...LIMITS, ...limits },
    whose: () => undefined,
    circumstances: () => "",
  });
}

function recording(stanza: BinaryNode, direction: "in" | "out" = "in"): Recording {
  const origin = { id: "c1", companion: undefined };
  return { direction, origin, stanza, plaintext: encodeNode(stanza) };
}

describe("an entry", () => {
  test("holds the whole stanza as it is on the wire, and how long it is there", () => {
    const journal = journalOf();
    const stanza = tag("iq", { id: "1", type: "set" }, [tag("key", {}, Buffer.from([1, 2, 3]))]);
    const entry = journal.record(recording(stanza));

    expect(entry.node).toEqual(stanza);
    expect(entry).toMatchObject({ tag: "iq", children: ["key"], compressed: false });
    expect(entry.bytes).toBe(encodeNode(stanza).length + 3 + 16);
    expect(entry.summarized).toBe(false);
  });

  test("can be read whether it was compressed or not", () => {
    const journal = journalOf();
    const stanza = tag("presence", { name: "Ada" });
    const plaintext = Buffer.concat([
      Buffer.from([2]),
      deflateSync(Buffer.from(encodeBinaryNode(stanza)).subarray(1)),
    ]);

    const entry = journal.record({ ...recording(stanza), plaintext });

    expect(entry).toMatchObject({ compressed: true, bytes: plaintext.length + 3 + 16 });
    expect(entry.node).toEqual(stanza);
  });

  test("of a long stanza keeps its shape and its short contents", () => {
    const journal = journalOf({ maxJournalBytes: 50_000 });
    const long = tag("iq", { id: "1" }, [
      tag("long", { kept: "yes" }, Buffer.alloc(700)),
      tag("short", {}, Buffer.from("abc")),
    ]);
    const many = tag(
      "iq",
      { id: "2" },
      Array.from({ length: 300 }, (_, index) => tag("item", { index: String(index) })),
    );

    const entry = journal.record(recording(long));

    expect(entry.summarized).toBe(true);
    expect(entry.bytes).toBeGreaterThan(700);
    expect(entry.node.content).toEqual([
      { tag: "long", attrs: { kept: "yes" } },
      tag("short", {}, Buffer.from("abc")),
    ]);
    expect(journal.record(recording(many)).node.content).toHaveLength(100);
    expect(journal.toTable()).toContain(`${entry.bytes} bytes`);
  });
});

test("the journal never keeps more entries or bytes than it may, and always the newest", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 8 }),
      (lengths, maxJournalEntries) => {
        const maxJournalBytes = 3_000;
        const journal = journalOf({
          maxJournalEntries,
          maxJournalBytes,
          maxJournalStanzaBytes: 950,
        });
        for (const [index, length] of lengths.entries()) {
          journal.record(recording(tag("iq", { id: String(index) }, Buffer.alloc(length))));
          const { entries } = journal;
          const bytes = entries.reduce((sum, each) => sum + (each.bytes ?? 0), 0);
          expect(entries.at(-1)?.attrs["id"]).toBe(String(index));
          expect(entries.length).toBeLessThanOrEqual(maxJournalEntries);
          expect(bytes).toBeLessThanOrEqual(maxJournalBytes);
          // Without a gap.
          const [first] = entries;
          expect(entries.map(({ sequence }) => sequence)).toEqual(
            entries.map((_, at) => (first?.sequence ?? 0) + at),
          );
        }
      },
    ),
  );
});

test("the journal keeps fewer entries when what it keeps of long ones is long too", () => {
  const maxJournalBytes = 50_000;
  const journal = journalOf({ maxJournalEntries: 100, maxJournalBytes });
  const child = tag("item", { name: "n".repeat(50) }, Buffer.alloc(200));
  const long = tag(
    "iq",
    { id: "1" },
    Array.from({ length: 60 }, () => child),
  );
  const manyChildren = tag(
    "iq",
    { id: "2" },
    Array.from({ length: 9_000 }, () => tag("x")),
  );
  const longAttribute = tag("iq", { id: "3", note: "n".repeat(20_000) });
  for (const stanza of [long, manyChildren, longAttribute]) {
    for (let round = 0; round < 20; round++) journal.record(recording(stanza));
    const { entries } = journal;
    const kept = entries.reduce(
      (sum, { node, children }) => sum + encodeNode(node).length + children.length,
      0,
    );
    expect(entries.every(({ summarized }) => summarized)).toBe(true);
    expect(kept).toBeLessThanOrEqual(maxJournalBytes);
  }
});

test("limits of the journal are limits of the server", async () => {
  await using server = await MockServer.start({ limits: { maxJournalEntries: 5 } });
  await using client = await quietClient(server, server.phone());
  await client.roundTrip();

  expect(server.journal.entries.length).toBeLessThanOrEqual(5);
  expect(server.journal.entries.length).toBeGreaterThan(0);
  await expect(MockServer.start({ limits: { maxJournalBytes: 0 } })).rejects.toMatchObject({
    code: "USAGE_INVALID_OPTION",
  });
});

describe("what a message says", () => {
  test("is with the entry when a contact or the phone can decrypt it", async () => {
    await using server = await MockServer.start();
    const phone = server.phone({ name: "Bot" });
    const ana = server.contact({ name: "Ana" });
    await using client = await quietClient(server, phone);

    const { id } = await ana.say(phone, "a secret question");
    await ana.delivered(id);
    const sent = await client.sock.sendMessage(ana.pn, { text: "a secret answer" });
    await ana.receive();

    const { journal } = server;
    const [question] = journal.filter(
      ({ attrs, tag: name }) => name === "message" && attrs["id"] === id,
    );
    const answer = journal.find(
      ({ attrs, direction }) => direction === "in" && attrs["id"] === sent?.key.id,
    );
    expect(question?.direction).toBe("out");
    expect(question?.plain?.conversation).toBe("a secret question");
    expect(answer?.plain?.extendedTextMessage?.text ?? answer?.plain?.conversation).toBe(
      "a secret answer",
    );
    expect(answer).toMatchObject({ person: "Bot", device: phone.companions[0]?.deviceJid });
    const table = journal.toTable(500);
    expect(table).not.toContain("secret");
    expect(table).toContain("17 characters");
    expect(journal.toTable({ last: 500, texts: true })).toContain(
      'conversation "a secret question"',
    );
  });

  test("is there for messages in groups too", async () => {
    await using server = await MockServer.start();
    const phone = server.phone({ name: "Bot" });
    const [ana, ben] = [server.contact({ name: "Ana" }), server.contact({ name: "Ben" })];
    await using client = await quietClient(server, phone);
    const group = server.group({ subject: "Friends", members: [phone, ana, ben] });

    const { id } = await ben.say(group, "to all");
    await ben.delivered(id);
    await client.sock.sendMessage(group.jid, { text: "from the bot" });
    await ana.receive({ where: ({ text }) => text === "from the bot" });

    const plains = server.journal
      .filter(
        ({ tag: name, attrs }) => name === "message" && JSON.stringify(attrs).includes(group.jid),
      )
      .map(({ direction, plain }) => [
        direction,
        plain?.conversation ?? plain?.extendedTextMessage?.text,
      ]);
    expect(plains).toContainEqual(["out", "to all"]);
    expect(plains).toContainEqual(["in", "from the bot"]);
  });

  test("can be decrypted only when somebody asks", async () => {
    const author = person(1);
    let asked = 0;
    const clock = new ManualClock();
    const journal = new Journal({
      clock,
      realClock: clock,
      limits: LIMITS,
      whose: () => author,
      circumstances: () => "",
    });
    const entry = journal.record(recording(tag("message", { id: "M1", from: author.pn }), "out"));
    journal.offerPlain(author, "M1", async () => {
      asked++;
      return { conversation: "late" };
    });

    expect(entry.plain).toBeUndefined();
    expect(asked).toBe(0);
    expect(await journal.plain(entry)).toEqual({ conversation: "late" });
    expect(entry.plain).toEqual({ conversation: "late" });
    await journal.plain(entry);
    expect(asked).toBe(1);
  });
});

test("beside the stanzas are the handshake, HTTP requests, faults and the end", async () => {
  await using server = await MockServer.start();
  await using client = await quietClient(server, server.phone());
  const media = server.media.image(Buffer.from("jpeg"));
  const path = media.imageMessage?.directPath ?? "";
  const { host, port } = server;
  await fetch(`http://${host}:${port}${path}&auth=secret`);
  server.fault("cut");
  await client.client.closed();

  const { events } = server.journal;
  const second = events.filter((event) => "connection" in event && event.connection === "c2");
  expect(second.map(({ type }) => type)).toEqual([
    "handshake",
    "handshake",
    "handshake",
    "secured",
    "fault",
    "closed",
  ]);
  expect(second.slice(0, 3)).toMatchObject([
    { direction: "in", bytes: expect.any(Number) },
    { direction: "out" },
    { direction: "in" },
  ]);
  const http = events.find(({ type }) => type === "http");
  expect(http).toMatchObject({
    method: "GET",
    path: path.split("?")[0],
    bytes: expect.any(Number),
  });
  expect(JSON.stringify(http)).not.toContain("secret");
  const success = server.journal.find(({ tag: name }) => name === "success");
  const secured = second.find(({ type }) => type === "secured");
  expect(secured?.after).toBeLessThan(success?.sequence ?? 0);
});

test("pending is what nobody has answered or confirmed", async () => {
  await using server = await MockServer.start();
  const phone = server.phone();
  const ana = server.contact({ name: "Ana" });
  await using client = await quietClient(server, phone);
  await settled(server, phone);
  await client.roundTrip();
  expect(server.journal.pending).toEqual({ requests: [], unconfirmed: [] });

  const { id } = await ana.say(phone, "hello");
  const notYet = server.journal.pending.unconfirmed;
  await ana.delivered(id);
  await settled(server, phone);

  expect(notYet).toMatchObject([{ tag: "message", direction: "out", attrs: { id } }]);
  expect(server.journal.pending.unconfirmed.filter((each) => each.tag === "message")).toEqual([]);
});

test("the table tells whose client it was, what a stanza holds and which fault hit it", async () => {
  await using server = await MockServer.start({ seed: "table" });
  await using client = await quietClient(server, server.phone({ name: "Bot" }));
  server.fault("stream-error", { code: 503 });
  await client.client.closed();

  const table = server.journal.toTable(500);

  expect(table).toMatch(/^ +\d+\.\d{3} Bot:1 S> c2 <success /m);
  expect(table).toMatch(/<stream:error code="503"\/>  \(fault stream-error\)$/m);
});

test("an error says which faults were in place", async () => {
  await using server = await MockServer.start({ seed: "a12345678" });
  const phone = server.phone({ phoneNumber: "5511987654321" });
  server.fault("cut", { phone, skip: 3 });

  const error: unknown = await server.journal
    .waitFor(() => false, { timeoutMs: 1 })
    .catch((each: unknown) => each);

  expect(String(error)).toContain('seed "a12345678"');
  expect(String(error)).toContain('"fault":"cut"');
  expect(String(error)).not.toContain(phone.phoneNumber);
});
