import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BinaryNode } from "@whiskeysockets/baileys";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MockServer, type TraceLine, parseTrace } from "@motte/mock-server";
import { Redactor } from "../src/trace/redactor.ts";
import { nodeFromJson, nodeToJson } from "../src/trace/trace-json.ts";
import { person } from "./support/groups.ts";
import { quietClient, tag } from "./support/stanza-client.ts";

const header = { trace: "motte", version: 1, redacted: false, people: [], groups: [] };
const stanza = { n: 1, ts: 1, conn: "c1", dir: "in", compressed: false, node: tag("iq") };

function text(...lines: readonly object[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

describe("a trace of a conversation", () => {
  let folder: string;
  let server: MockServer;
  const secrets: string[] = ["a secret question", "a secret answer"];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "motte-trace-"));
    server = await MockServer.start({ seed: "the seed itself" });
    const phone = server.phone({ name: "Boticelli" });
    const ana = server.contact({ name: "Anastasia" });
    await using client = await quietClient(server, phone);
    const group = server.group({ subject: "Secret friends", members: [phone, ana] });
    const { id } = await ana.say(phone, "a secret question");
    await ana.delivered(id);
    await client.sock.sendMessage(ana.pn, { text: "a secret answer" });
    await ana.receive({ where: ({ text: said }) => said === "a secret answer" });
    await ana.say(group, "a secret question");
    const { host, port } = server;
    const { imageMessage } = server.media.image(Buffer.from("jpeg"));
    await fetch(`http://${host}:${port}${imageMessage?.directPath ?? ""}`);
    server.fault("cut", { phone });
    await client.client.closed();
    for (const { pn, lid } of [phone, ana]) {
      secrets.push(...[pn, lid].map((jid) => jid.split("@")[0] ?? ""));
    }
    secrets.push(group.jid.split("@")[0] ?? "", "Boticelli", "Anastasia", "Secret friends");
    secrets.push("the seed itself", imageMessage?.directPath?.split(/[/.]/)[4] ?? "no path");
    const keys = client.auth.creds.signedIdentityKey.public;
    secrets.push(Buffer.from(keys).toString("base64"));
  });

  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  const written = async (name: string, options?: { redact: boolean }): Promise<string> => {
    const file = join(folder, name);
    await server.writeTrace(file, options);
    return readFile(file, "utf8");
  };

  test("is redacted unless asked otherwise, and can still be followed", async () => {
    const content = await written("redacted.ndjson");

    for (const secret of secrets) expect(content).not.toContain(secret);
    const trace = parseTrace(content);
    expect(trace.header.redacted).toBe(true);
    expect(trace.header.people.map(({ pn }) => pn)).toEqual([
      "person1@s.whatsapp.net",
      "person2@s.whatsapp.net",
    ]);
    const question = trace.stanzas.find(
      ({ node, plain }) => node.attrs["from"]?.startsWith("person2@") && plain !== undefined,
    );
    // The same text is the same pseudonym wherever it was said.
    const said = question?.plain?.["conversation"];
    expect(said).toMatch(/^text\d+$/);
    expect(trace.stanzas.filter(({ plain }) => plain?.["conversation"] === said).length).toBe(2);
    expect(question).toMatchObject({ dir: "out", device: "person1:1@s.whatsapp.net" });
  });

  test("holds everything when it is not redacted, in a file only its owner may read", async () => {
    const content = await written("whole.ndjson", { redact: false });
    const trace = parseTrace(content);

    expect(content).toContain("a secret question");
    expect(content).not.toContain("the seed itself");
    expect(trace.stanzas).toHaveLength(server.journal.entries.length);
    for (const [index, entry] of server.journal.entries.entries()) {
      const line = trace.stanzas[index];
      expect(line).toMatchObject({ ts: entry.at, conn: entry.connection, dir: entry.direction });
      expect(line?.bytes).toBe(entry.bytes);
      expect(line && nodeFromJson(line.node)).toEqual(entry.node);
    }
    expect((await stat(join(folder, "whole.ndjson"))).mode & 0o777).toBe(0o600);
  });

  test("has the handshake, requests, faults and ends at their places", async () => {
    const lines = (await written("events.ndjson")).trim().split("\n");
    const events = parseTrace(`${lines.join("\n")}\n`).events.filter(({ conn }) => conn === "c2");
    expect(events.map(({ event }) => event)).toEqual([
      "handshake",
      "handshake",
      "handshake",
      "secured",
      "fault",
      "closed",
    ]);
    const numbers = lines.slice(1).map((line): unknown => JSON.parse(line).n);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    const handshake = lines.findIndex((line) => line.includes('"pattern":"XX"'));
    const first = lines.findIndex((line) => line.includes("pair-device"));
    expect(handshake).toBeLessThan(first);
  });
});

test("a trace is followed until the server is closed, and says late what a message says", async () => {
  const server = await MockServer.start();
  const phone = server.phone({ name: "Bot" });
  const ana = server.contact({ name: "Ana" });
  const lines: TraceLine[] = [];
  const reading = (async () => {
    for await (const line of server.trace({ redact: false })) lines.push(line);
  })();
  {
    await using client = await quietClient(server, phone);
    await client.sock.sendMessage(ana.pn, { text: "to be read" });
    await ana.receive();
  }
  await server.close();
  await reading;

  const trace = parseTrace(text(...lines));
  const sent = trace.stanzas.find(({ dir, node }) => dir === "in" && node.tag === "message");
  expect(JSON.stringify(sent?.plain)).toContain("to be read");
  expect(lines.some((line) => "of" in line)).toBe(true);
  expect(trace.stanzas).toHaveLength(server.journal.entries.length);
});

const attrName = fc.constantFrom(
  "id",
  "from",
  "name",
  "x",
  "notify",
  "type",
  "xmlns",
  "text",
  "hash",
);
const digits = fc.stringMatching(/^\d{9,15}$/);
const value = fc.oneof(
  digits,
  digits.map((each) => `${each}@s.whatsapp.net`),
  digits.map((each) => `${each}:3@lid`),
  digits.map((each) => `a${each}b`),
  fc.string({ maxLength: 12 }),
);
const node = fc.letrec<{ node: BinaryNode }>((tie) => ({
  node: fc.record(
    {
      tag: fc.oneof(
        fc.constantFrom("iq", "message"),
        value.filter((each) => each !== ""),
      ),
      attrs: fc.dictionary(attrName, value, { maxKeys: 4 }),
      content: fc.oneof(
        { maxDepth: 2 },
        fc.uint8Array({ minLength: 8, maxLength: 20 }).map((each) => Buffer.from(each)),
        fc.array(tie("node"), { maxLength: 3 }),
      ),
    },
    { requiredKeys: ["tag", "attrs"] },
  ) as fc.Arbitrary<BinaryNode>,
})).node;

describe("redaction", () => {
  test("leaves no number and no bytes, wherever they stand", () => {
    fc.assert(
      fc.property(node, (each) => {
        const shown = JSON.stringify(new Redactor(() => undefined).node(each));
        expect(shown).not.toMatch(/\d{7}/);
        for (const content of bytesIn(each)) {
          expect(shown).not.toContain(content.toString("base64"));
          expect(shown).not.toContain(JSON.stringify([...content]).slice(1, -1));
        }
      }),
    );
  });

  test("gives the same name to the same thing and to nothing else", () => {
    fc.assert(
      fc.property(fc.uniqueArray(digits, { minLength: 2, maxLength: 6 }), (numbers) => {
        const redactor = new Redactor(() => undefined);
        const names = numbers.map((each) => redactor.jid(`${each}@s.whatsapp.net`));
        expect(new Set(names).size).toBe(numbers.length);
        expect(numbers.map((each) => redactor.jid(`${each}@s.whatsapp.net`))).toEqual(names);
      }),
    );
  });

  test("knows a person by number and by LID, with every device", () => {
    const ada = person(1);
    const redactor = new Redactor((jid) =>
      /^(?:15550000001|10000000001)/.test(jid) ? ada : undefined,
    );
    expect(redactor.jid(ada.pn)).toBe("person1@s.whatsapp.net");
    expect(redactor.jid(ada.jidOn("lid", 3))).toBe("person1:3@lid");
  });

  test("takes texts and keys out of a message, and leaves ids, times and its shape", () => {
    const redactor = new Redactor(() => undefined);
    const shown = redactor.message({
      extendedTextMessage: {
        text: "hello 5511987654321",
        contextInfo: { stanzaId: "3EB0AB", participant: "5511987654321@s.whatsapp.net" },
      },
      imageMessage: { mediaKey: Buffer.from("key"), fileLength: 123_456_789, height: 640 },
      messageContextInfo: { deviceListMetadata: { senderTimestamp: 1_795_294_050 } },
    });
    expect(shown).toEqual({
      extendedTextMessage: {
        text: "text2",
        contextInfo: { stanzaId: "3EB0AB", participant: "user1@s.whatsapp.net" },
      },
      imageMessage: { mediaKey: { length: 3 }, fileLength: "text1", height: 640 },
      messageContextInfo: { deviceListMetadata: { senderTimestamp: "1795294050" } },
    });
  });

  test("leaves what the protocol is made of", () => {
    const redactor = new Redactor(() => undefined);
    const iq = tag("iq", {
      id: "12.34-5",
      to: "@s.whatsapp.net",
      xmlns: "w:p",
      type: "get",
      t: "1795294050",
    });
    expect(redactor.node(iq)).toEqual(iq);
  });
});

describe("reading a trace", () => {
  test("gives back every node that was written", () => {
    fc.assert(
      fc.property(node, (each) => {
        const line = { ...stanza, node: nodeToJson(each) };
        const [read] = parseTrace(text(header, line)).stanzas;
        if (read === undefined) throw new Error("It has no stanza");
        expect(nodeFromJson(read.node)).toEqual(each);
        expect(read).toEqual(line);
      }),
    );
  });

  test("says which line it cannot read", () => {
    const bad: readonly (readonly [string, string])[] = [
      ["", "Line 1 is not JSON"],
      ["{}\n", "Line 1 is not the first one of a trace"],
      [text({ ...header, version: 2 }), "Line 1 is of version 2"],
      [text({ ...header, people: [{}] }), "Line 1 does not say who"],
      [`${text(header)}{"n":1\n`, "Line 2 is not JSON"],
      [`${text(header)}\n\n`, "Line 2 is not JSON"],
      [text(header, stanza, []), "Line 3 is not an object"],
      [text(header, { ...stanza, n: 0 }), "Line 2 has no number"],
      [text(header, { ...stanza, dir: "up" }), "Line 2 has no direction"],
      [text(header, { ...stanza, node: { tag: 1 } }), "Line 2 has no readable node"],
      [text(header, { ...stanza, plain: 1 }), "Line 2 has no readable plain"],
      [text(header, { n: 1, of: 7, plain: {} }), "Line 2 belongs to a stanza"],
      [text(header, { n: 1, event: 3 }), "Line 2 is an event without"],
    ];
    for (const [content, message] of bad) {
      expect(() => parseTrace(content)).toThrow(message);
      expect(() => parseTrace(content)).toThrow(
        expect.objectContaining({ code: "MOCK_BAD_TRACE" }),
      );
    }
  });

  test("counts what is missing, and leaves alone what it does not know", () => {
    const trace = parseTrace(
      text(
        { ...header, more: 1 },
        { n: 1, lost: 3 },
        { ...stanza, n: 2, more: 1 },
        { n: 3, what: 1 },
      ),
    );
    expect(trace).toMatchObject({ lost: 3, stanzas: [{ n: 2 }] });
  });
});

function bytesIn({ content }: BinaryNode): Buffer[] {
  if (Array.isArray(content)) return content.flatMap(bytesIn);
  return content instanceof Uint8Array ? [Buffer.from(content)] : [];
}
