import { deflateSync } from "node:zlib";
import { type BinaryNode, decodeBinaryNode, encodeBinaryNode } from "@whiskeysockets/baileys";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { WireError } from "../../src/wire/errors.ts";
import { decodeNode, encodeFlawed, encodeNode } from "../../src/wire/node-codec.ts";
import { DOUBLE_BYTE_TOKENS, SINGLE_BYTE_TOKENS } from "../../src/wire/baileys.ts";

const bounds = { maxNodes: 1000, maxNodeDepth: 20, maxInflatedBytes: 2_000_000 };

const tokens = [...SINGLE_BYTE_TOKENS.slice(1), ...DOUBLE_BYTE_TOKENS.flat()];
const word = fc.stringMatching(/^[a-z][a-z_]{0,11}$/);
const digits = fc.stringMatching(/^[0-9]{1,15}$/);
const device = fc.integer({ min: 1, max: 255 });
const jid = fc.oneof(
  fc.constantFrom("@s.whatsapp.net", "status@broadcast", "me@bot", "120363@g.us"),
  fc
    .tuple(digits, fc.constantFrom("s.whatsapp.net", "lid", "g.us", "newsletter", "c.us", "call"))
    .map(([user, server]) => `${user}@${server}`),
  fc
    .tuple(digits, device, fc.constantFrom("s.whatsapp.net", "lid", "hosted", "hosted.lid"))
    .map(([user, number, server]) => `${user}:${number}@${server}`),
);
/** What Baileys' encoder writes as it should be. */
const plainValue = fc.oneof(
  fc.constantFrom(...tokens),
  fc.string({ unit: "grapheme" }).filter((each) => !each.includes("@") && !(each in {})),
  fc.stringMatching(/^[0-9.-]{1,140}$/),
  fc.stringMatching(/^[0-9A-F]{1,140}$/),
  jid,
);
/** And what it loses, or what other clients would take for something else. */
const anyValue = fc.oneof(
  plainValue,
  fc.constantFrom("constructor", "toString", "valueOf", "hasOwnProperty"),
  fc.constantFrom(
    "me@home.example",
    "a@b@c@d",
    "@",
    "1:2:3@lid",
    "15550001234:300@lid",
    "1:07@lid",
  ),
  fc.constantFrom("1_2:3@s.whatsapp.net", "some_one@s.whatsapp.net", "1:2@g.us", "1:2@c.us"),
  fc.constantFrom("77:65535@msgr", "3-77:5@interop", "77:5@interop", "77:65536@msgr"),
  fc.string({ unit: "binary" }),
);

function nodes(value: fc.Arbitrary<string>): fc.Arbitrary<BinaryNode> {
  const { node } = fc.letrec<{ node: BinaryNode }>((tie) => ({
    node: fc.record(
      {
        tag: fc.oneof(word, fc.constantFrom(...tokens)),
        attrs: fc.dictionary(fc.oneof(word, fc.constantFrom(...tokens)), value, {
          maxKeys: 4,
          noNullPrototype: true,
        }),
        content: fc.oneof(
          { depthSize: "small" },
          fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
          fc.array(tie("node"), { maxLength: 3 }),
        ),
      },
      { requiredKeys: ["tag", "attrs"] },
    ),
  }));
  return node;
}

function nested(depth: number): BinaryNode {
  const content = depth === 1 ? {} : { content: [nested(depth - 1)] };
  return { tag: "a", attrs: {}, ...content };
}

function wide(count: number): BinaryNode {
  const content = Array.from({ length: count - 1 }, () => ({ tag: "b", attrs: {} }));
  return { tag: "a", attrs: {}, content };
}

function withValue(notify: string): BinaryNode {
  return { tag: "message", attrs: { notify } };
}

function roundTrip(stanza: BinaryNode): BinaryNode {
  return decodeNode(encodeNode(stanza), bounds);
}

/** The stanza, if there is one in the bytes. Throws what no bytes should lead to. */
function outcomeOf(plaintext: Uint8Array): BinaryNode | undefined {
  try {
    return decodeNode(Buffer.from(plaintext), bounds);
  } catch (error) {
    if (error instanceof WireError && error.code === "WIRE_BAD_NODE") return undefined;
    throw error;
  }
}

describe("the node codec", () => {
  test("decodes what it encoded, compressed or not", () => {
    fc.assert(
      fc.property(nodes(anyValue), fc.boolean(), (original, compressed) => {
        const plain = encodeNode(original);
        const bytes = compressed
          ? Buffer.concat([Buffer.from([2]), deflateSync(plain.subarray(1))])
          : plain;

        expect(decodeNode(bytes, bounds)).toEqual(original);
      }),
    );
  });

  test("writes the bytes that Baileys writes, and reads them", () => {
    fc.assert(
      fc.property(nodes(plainValue), (original) => {
        const theirs = encodeBinaryNode(original);

        expect(encodeNode(original).equals(theirs)).toBe(true);
        expect(decodeNode(theirs, bounds)).toEqual(original);
      }),
    );
  });

  test("writes what Baileys reads, also what Baileys' own encoder loses", async () => {
    await fc.assert(
      fc.asyncProperty(nodes(anyValue), async (original) => {
        expect(await decodeBinaryNode(encodeNode(original))).toEqual(original);
      }),
    );
  });

  test("knows every token by the bytes Baileys has for it", async () => {
    const stanza = wide(1);
    stanza.content = tokens.map((each) => ({ tag: each, attrs: {} }));
    const large = { ...bounds, maxNodes: 2000 };

    expect(encodeNode(stanza).equals(encodeBinaryNode(stanza))).toBe(true);
    expect(decodeNode(encodeNode(stanza), large)).toEqual(stanza);
  });

  test.each([0, 1, 255, 256, 65_536, 2 ** 20 - 1, 2 ** 20, 2 ** 20 + 1])(
    "writes content of %i bytes as Baileys does",
    (length) => {
      const content = Buffer.alloc(length, 7);
      const stanza: BinaryNode = { tag: "enc", attrs: {}, content };

      expect(encodeNode(stanza).equals(encodeBinaryNode(stanza))).toBe(true);
      // Compared without looking into each byte, which would take seconds.
      expect(roundTrip(stanza).content).toSatisfy((read: Buffer) => content.equals(read));
    },
  );

  test("takes device 0, however it is written, for the phone", () => {
    expect(roundTrip(withValue("15550001234:0@lid"))).toEqual(withValue("15550001234@lid"));
  });

  test("writes text with an @ as text, and JIDs as JIDs", () => {
    expect(encodeNode(withValue("me@home.example")).includes("me@home.example")).toBe(true);
    expect(encodeNode(withValue("me@g.us")).includes("me@g.us")).toBe(false);
    expect(encodeNode(withValue("77:5@msgr")).includes("77:5@msgr")).toBe(false);
  });

  test("reads what Baileys reads out of any bytes, or refuses them", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array({ maxLength: 60 }),
          // Starts like a node, so that more of it is read.
          fc
            .uint8Array({ maxLength: 40 })
            .map((bytes) => [0, 248, 1 + (bytes.length % 8), 14, ...bytes]),
        ),
        async (bytes) => {
          const ours = outcomeOf(Uint8Array.from(bytes));
          if (ours === undefined) return;
          expect(await decodeBinaryNode(Buffer.from(bytes))).toEqual(ours);
        },
      ),
      { numRuns: 10_000 },
    );
  });

  test("reads or refuses a stanza of which a byte is wrong", () => {
    fc.assert(
      fc.property(nodes(anyValue), fc.nat(), fc.nat(255), (original, position, byte) => {
        const bytes = encodeNode(original);
        bytes[position % bytes.length] = byte;
        outcomeOf(bytes);
      }),
      { numRuns: 1000 },
    );
  });

  test("refuses a stanza that is cut off anywhere, or followed by more", () => {
    fc.assert(
      fc.property(nodes(anyValue), (original) => {
        const bytes = encodeNode(original);
        for (let length = 0; length < bytes.length; length++) {
          expect(outcomeOf(bytes.subarray(0, length))).toBeUndefined();
        }
        expect(outcomeOf(Buffer.concat([bytes, Buffer.from([0])]))).toBeUndefined();
      }),
    );
  });

  test("refuses a stanza that lies deeper or has more nodes than allowed", () => {
    expect(roundTrip(nested(20))).toEqual(nested(20));
    expect(roundTrip(wide(1000))).toEqual(wide(1000));
    expect(() => roundTrip(nested(21))).toThrow("more than 20 nodes deep");
    expect(() => roundTrip(wide(1001))).toThrow("more than 1000 nodes");
  });

  test.each<[string, number[]]>([
    ["lengths that go beyond it", [0, 248, 2, 14, 254, 255, 255, 255, 255]],
    ["a list longer than it", [0, 248, 2, 14, 249, 255, 255]],
    [
      "JIDs in a JID without end",
      [0, 248, 3, 14, 14, ...Array.from({ length: 50_000 }, () => 250)],
    ],
    [
      "an attribute that would be a prototype",
      [0, 248, 3, 14, 252, 9, ...Buffer.from("__proto__"), 14],
    ],
    ["half a byte that stands for nothing", [0, 248, 3, 14, 14, 255, 1, 0xcc]],
    ["a JID without a server", [0, 248, 3, 14, 14, 250, 14, 0]],
    ["a node without a tag", [0, 248, 1, 0]],
    ["an empty node", [0, 0]],
    ["nothing", []],
  ])("refuses a stanza with %s", (_, bytes) => {
    expect(outcomeOf(Uint8Array.from(bytes))).toBeUndefined();
  });

  test("refuses compressed bytes that would fill the memory, or are none", () => {
    const bomb = Buffer.concat([Buffer.from([2]), deflateSync(Buffer.alloc(40 * 1024 * 1024))]);

    expect(outcomeOf(bomb)).toBeUndefined();
    expect(outcomeOf(Buffer.from([2, 1, 2, 3]))).toBeUndefined();
  });

  test.each<[string, object]>([
    ["an attribute that is a number", { tag: "iq", attrs: { t: 1 } }],
    ["an attribute that is undefined", { tag: "iq", attrs: { t: undefined } }],
    ["an attribute no client can read", { tag: "iq", attrs: JSON.parse('{"__proto__":"a"}') }],
    ["content that is text", { tag: "iq", attrs: {}, content: "text" }],
    ["no tag", { tag: "", attrs: {} }],
    [
      "a bad child",
      { tag: "iq", attrs: {}, content: [{ tag: "ref", attrs: {}, content: "text" }] },
    ],
  ])("refuses to send %s", (_, bad) => {
    expect(() => encodeNode(bad as BinaryNode)).toThrow(
      expect.objectContaining({ code: "WIRE_BAD_NODE" }),
    );
    // What went wrong in the middle of one stanza is not in the next.
    expect(roundTrip(nested(2))).toEqual(nested(2));
  });

  test("writes text content as Baileys does where flaws are wanted", () => {
    const stanza: BinaryNode = { tag: "ref", attrs: {}, content: "12345" };

    expect(encodeFlawed(stanza).equals(encodeBinaryNode(stanza))).toBe(true);
    expect(decodeNode(encodeFlawed(stanza), bounds)).toEqual(stanza);
  });

  test("gives out bytes that later stanzas leave alone", () => {
    const first = encodeNode(withValue("first"));
    const copy = Buffer.from(first);
    encodeNode(wide(900));

    expect(first.equals(copy)).toBe(true);
  });
});
