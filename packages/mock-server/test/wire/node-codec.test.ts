import { deflateSync } from "node:zlib";
import { type BinaryNode, decodeBinaryNode, encodeBinaryNode } from "@whiskeysockets/baileys";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeNode, encodeNode } from "../../src/wire/node-codec.ts";

const bounds = { maxNodes: 1000, maxNodeDepth: 20, maxInflatedBytes: 1_000_000 };
const word = fc.stringMatching(/^[a-z][a-z_]{0,11}$/);
const value = fc.oneof(
  fc.string({ minLength: 1 }).filter((each) => !each.includes("@") && !(each in {})),
  fc.constantFrom("@s.whatsapp.net", "15550001234:7@s.whatsapp.net", "1234567890:3@lid", "12@g.us"),
);
const { node } = fc.letrec<{ node: BinaryNode }>((tie) => ({
  node: fc.record(
    {
      tag: word,
      attrs: fc.dictionary(word, value, { maxKeys: 4, noNullPrototype: true }),
      content: fc.oneof(
        { depthSize: "small" },
        fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
        fc.array(tie("node"), { minLength: 1, maxLength: 3 }),
      ),
    },
    { requiredKeys: ["tag", "attrs"] },
  ),
}));

function nested(depth: number): BinaryNode {
  const content = depth === 1 ? {} : { content: [nested(depth - 1)] };
  return { tag: "a", attrs: {}, ...content };
}

function wide(nodes: number): BinaryNode {
  const content = Array.from({ length: nodes - 1 }, () => ({ tag: "b", attrs: {} }));
  return { tag: "a", attrs: {}, content };
}

function read(stanza: BinaryNode): Promise<BinaryNode> {
  return decodeNode(encodeNode(stanza), bounds);
}

describe("the node codec", () => {
  test("decodes what it encoded, compressed or not", async () => {
    await fc.assert(
      fc.asyncProperty(node, fc.boolean(), async (original, compressed) => {
        const plain = encodeNode(original);
        const bytes = compressed
          ? Buffer.concat([Buffer.from([2]), deflateSync(plain.subarray(1))])
          : plain;

        expect(await decodeNode(bytes, bounds)).toEqual(original);
      }),
    );
  });

  test("reads what Baileys writes, and writes what Baileys reads", async () => {
    await fc.assert(
      fc.asyncProperty(node, async (original) => {
        expect(await decodeNode(encodeBinaryNode(original), bounds)).toEqual(original);
        expect(await decodeBinaryNode(encodeNode(original))).toEqual(original);
      }),
    );
  });

  test("refuses a stanza that lies deeper or has more nodes than allowed", async () => {
    expect(await read(nested(20))).toEqual(nested(20));
    expect(await read(wide(1000))).toEqual(wide(1000));
    await expect(read(nested(21))).rejects.toMatchObject({ code: "WIRE_BAD_NODE" });
    await expect(read(wide(1001))).rejects.toMatchObject({ code: "WIRE_BAD_NODE" });
  });

  test("reads or refuses any bytes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), async (bytes) => {
        const outcome = await decodeNode(Buffer.from(bytes), bounds).catch((error) => error);

        expect(outcome).toSatisfy(
          (each: object) => "tag" in each || ("code" in each && each.code === "WIRE_BAD_NODE"),
        );
      }),
    );
  });

  test("refuses compressed bytes that would fill the memory", async () => {
    const bomb = Buffer.concat([Buffer.from([2]), deflateSync(Buffer.alloc(40 * 1024 * 1024))]);

    await expect(decodeNode(bomb, bounds)).rejects.toMatchObject({ code: "WIRE_BAD_NODE" });
  });

  test.each<[string, object]>([
    ["an attribute that is a number", { tag: "iq", attrs: { t: 1 } }],
    ["content that is text", { tag: "iq", attrs: {}, content: "text" }],
    ["a word that Baileys loses", { tag: "message", attrs: { notify: "constructor" } }],
    [
      "a bad child",
      { tag: "iq", attrs: {}, content: [{ tag: "ref", attrs: {}, content: "text" }] },
    ],
  ])("refuses to send %s", (_, bad) => {
    expect(() => encodeNode(bad as BinaryNode)).toThrow(
      expect.objectContaining({ code: "WIRE_BAD_NODE" }),
    );
  });
});
