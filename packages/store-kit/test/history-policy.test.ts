import type { proto } from "@whiskeysockets/baileys";
import { describe, expect, test } from "vitest";
import { bindStores, hours } from "@motte/store-kit";
import { everyPart, eventBuffer, upsert } from "./support/bound-stores.ts";
import { pastOf, sendHistory, storedOf } from "./support/history.ts";
import { LID, NOW_MS, PN, message, poll, revokeOf, theirKey } from "./support/messages.ts";

const picture = (): proto.IMessage => ({
  imageMessage: {
    caption: "a picture",
    jpegThumbnail: Buffer.alloc(900, 7),
    contextInfo: { quotedMessage: { imageMessage: { jpegThumbnail: Buffer.alloc(900, 7) } } },
  },
});

describe("what is taken of a history", () => {
  test("is no more of each chat than maxPerChat, the newest, and nothing beyond maxAge", async () => {
    await using set = await everyPart();
    const ev = eventBuffer();
    const history = { maxPerChat: 5, maxAge: hours(1) };
    const binding = bindStores({ ev }, set.parts, { ...set.bind, history });
    const old = pastOf("2@lid", 3, { from: 3600 });
    // Not in their order, and in two parts.
    sendHistory(ev, [...pastOf("1@lid", 4).toReversed(), ...old, ...pastOf("2@lid", 2)]);
    sendHistory(ev, pastOf("1@lid", 9, { from: 4 }).toReversed());
    await binding.drain();
    expect(storedOf(set.parts, "1@lid")).toEqual(["H0", "H1", "H2", "H3", "H4"]);
    expect(storedOf(set.parts, "2@lid")).toEqual(["H0", "H1"]);
    expect(binding.stats().history).toEqual({ done: 7, total: 7, shed: 0 });
  });

  test.each([
    ["all", ["TEXT", "POLL"]],
    ["polls", ["POLL"]],
    ["none", []],
  ] as const)("has bodies of %s, and in any case what was revoked", async (bodies, stored) => {
    await using set = await everyPart();
    const ev = eventBuffer();
    const binding = bindStores({ ev }, set.parts, { ...set.bind, history: { bodies } });
    upsert(ev, message(theirKey("GONE", LID), "to be revoked"));
    const all = [
      message(theirKey("TEXT", LID), "text", NOW_MS - 1000),
      message(theirKey("POLL", LID), poll(7), NOW_MS - 2000),
      revokeOf(theirKey("GONE", LID), theirKey("REVOKE", LID)),
    ];
    sendHistory(ev, all);
    await binding.drain();
    expect(storedOf(set.parts, LID)).toEqual(stored);
    expect(set.parts.messages.load(theirKey("GONE", LID))).toBeUndefined();
    expect(all[0]?.message?.conversation).toBe("text");
  });

  test.each([0, 1e9])(
    "has no small pictures if those are not wanted, packed beyond %d",
    async (highWater) => {
      await using set = await everyPart();
      const ev = eventBuffer();
      const history = { mediaThumbs: false, highWater, hardWater: 1e9 };
      const binding = bindStores({ ev }, set.parts, { ...set.bind, history });
      const [came] = pastOf(LID, 1, { content: picture() });
      sendHistory(ev, came === undefined ? [] : [came]);
      await binding.drain();
      const stored = set.parts.messages.load(theirKey("H0", LID))?.message.imageMessage;
      expect(stored?.caption).toBe("a picture");
      const quoted = stored?.contextInfo?.quotedMessage?.imageMessage;
      expect([stored?.jpegThumbnail?.length, quoted?.jpegThumbnail?.length]).toEqual([
        undefined,
        undefined,
      ]);
      // Others were handed it too.
      expect(came?.message?.imageMessage?.jpegThumbnail).toHaveLength(900);
    },
  );

  test("is refused where it makes no sense, before anything is listened to", async () => {
    await using set = await everyPart();
    const ev = eventBuffer();
    for (const [wrong, name] of [
      [{ history: { hardWater: 1, highWater: 2 } }, "hardWater"],
      [{ history: { maxPerChat: -1 } }, "maxPerChat"],
      [{ history: { bodies: "some" as never } }, "bodies"],
      [{ history: { depth: 1 } as object }, "depth"],
      [{ durableHistory: true }, "spool"],
    ] as const) {
      expect(() => bindStores({ ev }, set.parts, wrong)).toThrow(name);
    }
    upsert(ev, message(theirKey("A", PN), "unheard"));
    expect(set.parts.chats.get(PN)).toBeUndefined();
  });
});
