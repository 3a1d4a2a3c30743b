import { serialize } from "node:v8";
import { setImmediate } from "node:timers/promises";
import { type WAMessage, type WAMessageKey, proto } from "@whiskeysockets/baileys";
import * as fc from "fast-check";
import { openSqlite } from "@motte/core/sqlite";
import { describe, expect, test } from "vitest";
import { type HistoryPolicy, bindStores, openHistorySpool } from "@motte/store-kit";
import { everyPart, eventBuffer } from "./support/bound-stores.ts";
import { openSpool, pastOf, sendHistory, storedOf } from "./support/history.ts";
import { LID, NOW_MS, message, textOf, theirKey } from "./support/messages.ts";

const { SERVER_ACK, READ } = proto.WebMessageInfo.Status;
const PACKED = { highWater: 0, hardWater: 1e9 };

/** Lists taken in turn, as a history is where chats are mixed. */
function mixed<T>(...lists: T[][]): T[] {
  const longest = Math.max(...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, n) =>
    lists.flatMap((list) => list.slice(n, n + 1)),
  ).flat();
}

async function untilPacked(binding: ReturnType<typeof bindStores>): Promise<void> {
  while (binding.stats().bytes.decoded > 0) await setImmediate();
}

describe("a history that is packed while it waits", () => {
  test("takes no more for being of many chats, and all of it is stored", async () => {
    await using set = await everyPart();
    const ev = eventBuffer();
    const binding = bindStores({ ev }, set.parts, { ...set.bind, history: PACKED });
    const chats = Array.from({ length: 500 }, (_, n) => `${n}@lid`);
    sendHistory(ev, mixed(...chats.map((jid) => pastOf(jid, 2, { length: 40 }))));
    await untilPacked(binding);
    expect(binding.stats().history.done).toBe(0);
    expect(binding.stats().bytes.packed / 1000).toBeLessThan(120);
    await binding.drain();
    for (const jid of chats) expect(storedOf(set.parts, jid)).toEqual(["H0", "H1"]);
    expect(set.errors).toEqual([]);
  });

  test("is told apart by chats before any of it is dropped: each keeps its newest", async () => {
    await using set = await everyPart();
    const ev = eventBuffer();
    const history = { highWater: 0, hardWater: 60_000 };
    const binding = bindStores({ ev }, set.parts, { ...set.bind, history });
    const many = pastOf("1@lid", 2000, { length: 100 });
    // What is in the small ones is older than everything in the other.
    const few = pastOf("2@lid", 40, { length: 100, from: 5000 });
    const one = pastOf("3@lid", 1, { length: 100, from: 9000 });
    sendHistory(ev, mixed(many, few, one));
    while (binding.stats().history.shed === 0) await setImmediate();
    expect(binding.stats().bytes.packed).toBeLessThanOrEqual(60_000);
    await binding.drain();
    const crowded = storedOf(set.parts, "1@lid");
    expect(crowded.length).toBeGreaterThan(64);
    expect(crowded).toEqual(crowded.map((_, n) => `H${n}`));
    expect(storedOf(set.parts, "2@lid")).toHaveLength(40);
    expect(storedOf(set.parts, "3@lid")).toHaveLength(1);
    const { shed, done, total } = binding.stats().history;
    expect(shed).toBe(2000 - crowded.length);
    expect(done + shed).toBe(total);
  });

  test("is in the spool chat by chat, and without what is to be seen once", async () => {
    await using set = await everyPart();
    using spool = await openSpool();
    const ev = eventBuffer();
    const history = { highWater: 0, hardWater: 0 };
    const binding = bindStores({ ev }, set.parts, { ...set.bind, history, spool });
    const shy = { viewOnceMessageV2: { message: { imageMessage: { caption: "seen once" } } } };
    const plain = mixed(pastOf("1@lid", 100), pastOf("2@lid", 100));
    sendHistory(ev, [...plain, ...pastOf("3@lid", 1, { content: shy })]);
    while (spool.left.length === 0) await setImmediate();
    await untilPacked(binding);
    while (binding.stats().bytes.spooled < 200) await setImmediate();
    const chats = spool.left.filter(({ kind }) => kind === "messages").map(({ chat }) => chat);
    expect(new Set(chats)).toEqual(new Set(["1@lid", "2@lid", "3@lid"]));
    const written = Buffer.concat(spool.left.map(({ seq }) => spool.read(seq) ?? Buffer.alloc(0)));
    expect(written.includes("seen once")).toBe(false);
    await binding.drain();
    expect(storedOf(set.parts, "1@lid")).toHaveLength(100);
    expect(storedOf(set.parts, "2@lid")).toHaveLength(100);
    expect(binding.stats().history).toEqual({ done: 201, total: 201, shed: 0 });
  });

  test("keeps what Baileys adds to a key: the message is found under the other form of its chat", async () => {
    await using set = await everyPart();
    const ev = eventBuffer();
    const binding = bindStores({ ev }, set.parts, { ...set.bind, history: PACKED });
    const key = { ...theirKey("BOTH", "77@lid"), remoteJidAlt: "4977@s.whatsapp.net" };
    sendHistory(ev, [message(key, "under both", NOW_MS - 5000), ...pastOf(LID, 3)]);
    await binding.drain();
    const found = set.parts.messages.load(theirKey("BOTH", "4977@s.whatsapp.net"));
    expect(textOf(found?.message)).toBe("under both");
  });

  test("leaves out nothing else for one message that makes no sense", async () => {
    await using set = await everyPart();
    const ev = eventBuffer();
    const binding = bindStores({ ev }, set.parts, { ...set.bind, history: PACKED });
    const odd: WAMessage = { ...message(theirKey("ODD", LID), "odd"), pushName: 7 as never };
    const blank: WAMessage = { ...message(theirKey("BLANK", LID), "blank"), key: {} };
    sendHistory(ev, [odd, blank, ...pastOf(LID, 5)]);
    expect(await binding.drain()).toEqual({ drained: true });
    expect(storedOf(set.parts, LID)).toEqual(expect.arrayContaining(["ODD", "H0", "H4"]));
  });

  test("is taken in from a spool that an earlier release wrote", async () => {
    await using set = await everyPart();
    using spool = await openSpool();
    const messages = pastOf(LID, 10);
    const data = serialize({ chats: [], contacts: [], lidPnMappings: [], messages });
    spool.append([{ kind: "messages", elements: 10, chat: LID, newestAt: 0, data }]);
    const binding = bindStores({ ev: eventBuffer() }, set.parts, { ...set.bind, spool });
    expect(await binding.drain()).toEqual({ drained: true });
    expect(storedOf(set.parts, LID)).toHaveLength(10);
    expect(set.errors).toEqual([]);
  });

  test("is reported where one bit of it changed on disk", async () => {
    const database = await openSqlite(":memory:");
    using spool = await openHistorySpool({ database, account: "bot" });
    await using set = await everyPart();
    const ev = eventBuffer();
    const binding = bindStores({ ev }, set.parts, { ...set.bind, spool, durableHistory: true });
    sendHistory(ev, mixed(pastOf("1@lid", 3, { length: 40 }), pastOf("2@lid", 3)));
    await untilPacked(binding);
    const [part] = spool.left.filter(({ chat }) => chat === "1@lid");
    const data = Buffer.from(spool.read(part?.seq ?? -1) ?? []);
    // Within a text, which protobuf reads as another one.
    const at = data.indexOf("xxxx");
    data.writeUInt8(data.readUInt8(at) ^ 1, at);
    database.prepare("UPDATE history_spool SET data = ? WHERE chat = '1@lid'").run(data);
    await binding.drain();
    expect(set.errors).toEqual(["STORE_KIT_BODY_UNREADABLE"]);
    expect(storedOf(set.parts, "1@lid")).toEqual([]);
    expect(storedOf(set.parts, "2@lid")).toHaveLength(3);
    database.close();
  });
});

test("whatever way a history waits, the same is stored of it", async () => {
  const jid = fc.constantFrom("1@lid", "2@lid", "49@s.whatsapp.net", "12@g.us");
  const one = fc.record({
    chat: jid,
    fromMe: fc.boolean(),
    participant: fc.constantFrom(undefined, "5@lid", "6@lid"),
    text: fc.string({ minLength: 1, maxLength: 8, unit: "binary" }),
    at: fc.oneof(
      fc.integer({ min: 1, max: 1000 }).map((ago) => NOW_MS / 1000 - ago),
      fc.constantFrom(null, 0, `${NOW_MS / 1000 - 7}`),
    ),
    extra: fc.constantFrom({}, { remoteJidAlt: "4999@s.whatsapp.net" }, { isViewOnce: true }),
    status: fc.constantFrom(null, SERVER_ACK, READ),
    starred: fc.constantFrom(null, true),
  });
  const ways: HistoryPolicy[] = [
    PACKED,
    { highWater: 0, hardWater: 0 },
    { highWater: 2000, hardWater: 1e9 },
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.array(one, { minLength: 1, maxLength: 40 }),
      fc.constantFrom(...ways),
      async (drawn, way) => {
        const messages = drawn.map(
          ({ chat, fromMe, participant, text, at, extra, ...rest }, n): WAMessage => {
            const key: WAMessageKey = { remoteJid: chat, id: `M${n}`, fromMe, ...extra };
            if (participant !== undefined) key.participant = participant;
            // What comes from the network is of any type.
            const messageTimestamp = at as number | null;
            return { ...rest, key, message: { conversation: text }, messageTimestamp };
          },
        );
        const storedBy = async (history: HistoryPolicy | undefined): Promise<unknown> => {
          await using set = await everyPart();
          using spool = await openSpool();
          const ev = eventBuffer();
          const options = { ...set.bind, spool, ...(history && { history }) };
          const binding = bindStores({ ev }, set.parts, options);
          sendHistory(ev, structuredClone(messages));
          await binding.drain();
          expect(set.errors).toEqual([]);
          return messages.map(({ key }) => set.parts.messages.load(key));
        };
        expect(await storedBy(way)).toEqual(await storedBy(undefined));
      },
    ),
    { numRuns: 40 },
  );
});
