import { jidDecode } from "@whiskeysockets/baileys";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Jid, formatJid, parseJid, tryParseJid, userJid } from "../../src/wire/jid.ts";

const jid: fc.Arbitrary<Jid> = fc.record({
  user: fc.stringMatching(/^\d{1,15}(-\d{1,10})?$/),
  server: fc.constantFrom("s.whatsapp.net", "lid", "g.us", "broadcast", "newsletter"),
  device: fc.nat(99),
});

describe("a JID", () => {
  test("reads back as it was written, and as Baileys reads it", () => {
    fc.assert(
      fc.property(jid, (original) => {
        const text = formatJid(original);
        const theirs = jidDecode(text);

        expect(parseJid(text)).toEqual(original);
        expect(theirs).toMatchObject({ user: original.user, server: original.server });
        expect(theirs?.device ?? 0).toBe(original.device);
        expect(parseJid(userJid(original))).toEqual({ ...original, device: 0 });
      }),
    );
  });

  test.each([
    ["@s.whatsapp.net", { user: "", server: "s.whatsapp.net", device: 0 }],
    ["15550001234@c.us", { user: "15550001234", server: "s.whatsapp.net", device: 0 }],
    ["123_1:2@lid", { user: "123", server: "lid", device: 2, agent: 1 }],
  ])("%s is read", (text, expected) => {
    expect(parseJid(text)).toEqual(expected);
  });

  test.each(["", "s.whatsapp.net", "a@b@c", "1:2:3@lid", "1:x@lid", "1@"])("%j is none", (text) => {
    expect(tryParseJid(text)).toBeUndefined();
    expect(() => parseJid(text)).toThrow(expect.objectContaining({ code: "WIRE_BAD_JID" }));
  });
});
