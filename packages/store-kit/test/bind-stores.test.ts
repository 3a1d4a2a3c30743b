import { proto } from "@whiskeysockets/baileys";
import type { ManualClock } from "@motte/core/manual-clock";
import * as fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { bindStores, milliseconds } from "@motte/store-kit";
import { HandFedEvents } from "./support/baileys-events.ts";
import { boundSocket, everyPart, eventBuffer, slowClock, upsert } from "./support/bound-stores.ts";
import { GROUP, LID, NOW_MS, PN, message, ownKey, textOf, theirKey } from "./support/messages.ts";

const NOW_SECONDS = NOW_MS / 1000;
const texts = (count: number) =>
  Array.from({ length: count }, (_, n) => message(theirKey(`M${n}`, PN), `text ${n}`));

const chat = (id: string) => ({ id, conversationTimestamp: NOW_SECONDS, unreadCount: 2 });
const past = (count: number) =>
  Array.from({ length: count }, (_, n) => ({
    ...message(
      { ...theirKey(`H${n}`, LID), remoteJidAlt: PN },
      {
        imageMessage: { caption: `past ${n}`, jpegThumbnail: Buffer.from([1, 2, n % 256]) },
      },
      NOW_MS - 60_000 - n * 1000,
    ),
    // As protobufjs decodes it.
    messageTimestamp: longOf(NOW_SECONDS - 60 - n),
  }));

test("one flush reaches every store, and binding again does not count it twice", async () => {
  await using set = await everyPart();
  const ev = eventBuffer();
  const binding = bindStores({ ev }, set.parts, set.bind);

  expect(bindStores({ ev }, set.parts, set.bind)).toBe(binding);
  ev.buffer();
  upsert(ev, message({ ...theirKey("A", LID), remoteJidAlt: PN }, "hi"));
  ev.emit("contacts.update", [{ id: LID, notify: "Ben" }]);
  const key = theirKey("A", LID);
  ev.emit("messages.reaction", [{ key, reaction: { key: ownKey("R", LID), text: "+" } }]);
  ev.flush();
  ev.emit("presence.update", { id: LID, presences: { [LID]: { lastKnownPresence: "composing" } } });

  expect(binding.stats().flushes).toBe(2);
  const { identities, messages, chats, contacts, reactions, presence } = set.parts;
  expect(identities.pnOf(LID)).toBe(PN);
  expect(textOf(messages.load(key)?.message)).toBe("hi");
  expect(chats.get(PN)?.unread).toBe(1);
  expect(contacts.get(PN)?.notify).toBe("Ben");
  expect(reactions.of(key)).toHaveLength(1);
  expect(presence.of(LID).size).toBe(1);
  expect(set.errors).toEqual([]);
});

test("what is bound takes nothing more once it is unbound, and can be bound anew", async () => {
  await using set = await everyPart();
  const ev = eventBuffer();
  const first = bindStores({ ev }, set.parts, set.bind);
  await first.unbind();
  upsert(ev, message(theirKey("A", PN), "unheard"));
  expect(set.parts.messages.load(theirKey("A", PN))).toBeUndefined();

  const second = bindStores({ ev }, set.parts, set.bind);
  expect(second).not.toBe(first);
  upsert(ev, message(theirKey("B", PN), "heard"));
  expect(set.parts.chats.get(PN)?.unread).toBe(1);
});

test("an option or a part that is not one is refused before anything is listened to", async () => {
  await using set = await everyPart();
  const ev = eventBuffer();
  const wrong: object = { chat: set.parts.chats };
  expect(() => bindStores({ ev }, wrong)).toThrow("chat");
  expect(() => bindStores({ ev }, set.parts, { history: { highWater: -1 } })).toThrow("highWater");
  const none: object = {};
  // @ts-expect-error -- what JavaScript can do
  expect(() => bindStores(none, set.parts)).toThrow("supervisor");
  upsert(ev, message(theirKey("A", PN), "unheard"));
  expect(set.parts.chats.get(PN)).toBeUndefined();
});

test("a store that fails keeps no other from its flush, and Baileys hears nothing of it", async () => {
  await using set = await everyPart();
  const ev = eventBuffer();
  const chats = {
    ingest: () => {
      throw new Error("out of order");
    },
  };
  const binding = bindStores({ ev }, { ...set.parts, chats }, set.bind);

  ev.buffer();
  upsert(ev, message(theirKey("A", PN), "hi"));
  expect(() => ev.flush()).not.toThrow();

  expect(textOf(set.parts.messages.load(theirKey("A", PN))?.message)).toBe("hi");
  expect(set.errors).toEqual(["out of order"]);
  expect(binding.stats().failures).toBe(1);
});

describe("a socket", () => {
  test("that ends hands over what it still buffers, and is given back as it was", async () => {
    await using set = await everyPart();
    const { sock, end } = boundSocket();
    const { sendMessage } = sock;
    const fetchWith = vi.spyOn(set.parts.groups, "fetchWith");
    bindStores(sock, set.parts, set.bind);
    expect(sock.sendMessage).not.toBe(sendMessage);

    sock.ev.buffer();
    upsert(sock.ev, message(theirKey("A", PN), "last words"));
    await end();

    expect(textOf(set.parts.messages.load(theirKey("A", PN))?.message)).toBe("last words");
    expect(sock.sendMessage).toBe(sendMessage);
    expect(fetchWith).toHaveBeenLastCalledWith(undefined);
  });

  test("without end handlers hands it over when it closes", async () => {
    await using set = await everyPart();
    const { sock } = boundSocket();
    const { registerSocketEndHandler: _, ...older } = sock;
    bindStores(older, set.parts, set.bind);

    older.ev.buffer();
    upsert(older.ev, message(theirKey("A", PN), "last words"));
    older.ev.emit("connection.update", { connection: "close" });
    older.ev.destroy();

    expect(textOf(set.parts.messages.load(theirKey("A", PN))?.message)).toBe("last words");
  });

  test("that is open tells who we are and whom we block, and what it sends is recorded", async () => {
    await using set = await everyPart();
    const { sock } = boundSocket();
    bindStores(sock, set.parts, set.bind);
    sock.ev.emit("connection.update", { connection: "open" });
    await sock.sendMessage(PN, { text: "sent" });
    await vi.waitFor(() => expect(set.parts.contacts.isBlocked(PN)).toBe(true), 40_000);

    expect(set.parts.identities.isMe("777@lid")).toBe(true);
    expect(textOf(await set.parts.messages.getMessage(ownKey("SENT")))).toBe("sent");
  });

  test("that comes next under a supervisor keeps what it was given when the one before it ends", async () => {
    await using set = await everyPart();
    const supervisors = eventBuffer();
    const first = boundSocket();
    const second = boundSocket();
    const binding = bindStores({ ev: supervisors }, set.parts, set.bind);
    binding.attach(first.sock);
    binding.attach(second.sock);
    const fetchWith = vi.spyOn(set.parts.groups, "fetchWith");
    await first.end();

    expect(fetchWith).not.toHaveBeenCalled();
    await second.sock.sendMessage(PN, { text: "sent" });
    expect(textOf(await set.parts.messages.getMessage(ownKey("SENT")))).toBe("sent");
    await second.end();
    expect(fetchWith).toHaveBeenCalledWith(undefined);
  });

  test("whose last words are many ends after `endDrain`, and the rest is taken in all the same", async () => {
    await using set = await everyPart();
    const { sock, end } = boundSocket();
    const clock = slowClock(5);
    const binding = bindStores(sock, set.parts, { clock, endDrain: milliseconds(0) });
    sock.ev.buffer();
    upsert(sock.ev, ...texts(1000));
    await end();
    await binding.drain();
    expect(set.parts.chats.get(PN)?.unread).toBe(1000);
  });
});

test("thirty sockets that end while events wait lose none, count none twice and leave nothing", async () => {
  await using set = await everyPart();
  const supervisors = eventBuffer();
  const binding = bindStores({ ev: supervisors }, set.parts, set.bind);
  for (let n = 0; n < 30; n++) {
    const { sock, end } = boundSocket();
    const { sendMessage } = sock;
    // As a supervisor does: what the socket tells is told on the events that outlive it.
    sock.ev.process((events) => {
      if (events["messages.upsert"]) supervisors.emit("messages.upsert", events["messages.upsert"]);
    });
    binding.attach(sock);
    sock.ev.buffer();
    upsert(sock.ev, message(theirKey(`M${n}`, PN), "held back"));
    await end();
    expect(sock.sendMessage).toBe(sendMessage);
  }
  expect(set.parts.chats.get(PN)?.unread).toBe(30);
  expect(binding.stats().flushes).toBe(30);
});

describe("a flush that is larger than a turn", () => {
  test("is taken in by and by, in its order, as it was when it came", async () => {
    await using set = await everyPart();
    const ev = eventBuffer();
    const binding = bindStores({ ev }, set.parts, { clock: slowClock(5) });
    const messages = texts(1000);
    ev.buffer();
    upsert(ev, ...messages);
    ev.emit("messages.delete", { keys: [theirKey("M7", PN)] });
    ev.flush();
    expect(binding.stats().liveWaiting).toBeGreaterThan(5);
    // Another listener, or Baileys itself, does as it likes with what it was handed too.
    for (const each of messages) {
      each.message = proto.Message.fromObject({ conversation: "changed" });
      Object.assign(each.key, { id: "other" });
    }
    upsert(ev, message(theirKey("LATE", PN), "late"));
    expect(set.parts.messages.load(theirKey("LATE", PN))).toBeUndefined();
    expect(await binding.drain()).toEqual({ drained: true });

    expect(textOf(set.parts.messages.load(theirKey("M999", PN))?.message)).toBe("text 999");
    expect(set.parts.messages.load(theirKey("M7", PN))).toBeUndefined();
    expect(textOf(set.parts.messages.load(theirKey("LATE", PN))?.message)).toBe("late");
    expect(set.parts.chats.get(PN)?.unread).toBe(1000);
    expect(binding.stats().liveWaiting).toBe(0);
  });

  test("never lets a removed member wait in it", async () => {
    await using set = await everyPart();
    const ev = eventBuffer();
    const invalidated = vi.spyOn(set.parts.groups, "ingest");
    bindStores({ ev }, set.parts, { clock: slowClock(5) });
    ev.buffer();
    upsert(ev, ...texts(500));
    ev.flush();
    const participants = [{ id: LID, admin: null }];
    const author = "1@lid";
    ev.emit("group-participants.update", { id: GROUP, author, participants, action: "remove" });
    expect(invalidated).toHaveBeenCalledTimes(2);
  });
});

test("nothing that could come in an event makes the listener throw", async () => {
  await using set = await everyPart();
  const source = new HandFedEvents();
  const binding = bindStores({ ev: source }, set.parts, { ...set.bind, clock: slowClock(1) });
  const junk = fc.oneof(
    fc.constant(null),
    fc.constant(undefined),
    fc.string(),
    fc.integer(),
    fc.array(fc.oneof(fc.constant(null), fc.object({ maxDepth: 2 })), { maxLength: 3 }),
    fc.record({ messages: fc.array(fc.constant({})), key: fc.constant({}), id: fc.string() }),
    fc.object({ maxDepth: 2 }),
  );
  const names = fc.constantFrom(
    "messaging-history.set",
    "chats.update",
    "chats.delete",
    "messages.upsert",
    "messages.update",
    "messages.delete",
    "messages.reaction",
    "message-receipt.update",
    "contacts.update",
    "groups.update",
    "group-participants.update",
    "connection.update",
    "creds.update",
    "presence.update",
    "blocklist.update",
    "labels.edit",
  );
  await fc.assert(
    fc.asyncProperty(fc.dictionary(names, junk, { maxKeys: 5 }), async (events) => {
      expect(() => source.feed(events)).not.toThrow();
      expect(await binding.drain()).toEqual({ drained: true });
    }),
    { numRuns: 200 },
  );
  source.feed({
    "messages.upsert": { messages: [message(theirKey("A", PN), "on")], type: "notify" },
  });
  expect(set.parts.chats.get(PN)?.unread).toBe(1);
});

describe("a history", () => {
  test("waits for what happens now, and tells how far it has come", async () => {
    await using set = await everyPart();
    const ev = eventBuffer();
    const seen: number[] = [];
    const binding = bindStores({ ev }, set.parts, {
      ...set.bind,
      onProgress: ({ done }) => seen.push(done),
    });
    ev.emit("messaging-history.set", { chats: [], contacts: [], messages: past(2000) });
    upsert(ev, message(theirKey("NOW", PN), "now"));

    expect(textOf(set.parts.messages.load(theirKey("NOW", PN))?.message)).toBe("now");
    expect(set.parts.messages.load(theirKey("H1999", LID))).toBeUndefined();
    expect(binding.stats().history).toEqual({ done: 0, total: 2000, shed: 0 });
    await binding.drain();

    expect(set.parts.messages.load(theirKey("H1999", LID))).toBeDefined();
    expect(seen.length).toBeGreaterThan(1);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.at(-1)).toBe(2000);
    expect(binding.stats()).toMatchObject({
      bytes: { live: 0, decoded: 0, packed: 0, spooled: 0 },
      history: { done: 2000, total: 2000, shed: 0 },
    });
  });

  test("that had to be packed is stored as it would have been without", async () => {
    await using packed = await everyPart();
    await using plain = await everyPart();
    for (const [set, highWater] of [
      [packed, 0],
      [plain, 1e9],
    ] as const) {
      const ev = eventBuffer();
      const binding = bindStores({ ev }, set.parts, { ...set.bind, history: { highWater } });
      ev.emit("messaging-history.set", { chats: [], contacts: [], messages: past(1200) });
      await binding.drain();
      expect(set.errors).toEqual([]);
    }
    const pages = [packed, plain].map(({ parts }) => parts.messages.page(PN, { limit: 1000 }));
    expect(pages[0]?.messages).toHaveLength(1000);
    const timesOf = pages.map((page) => page.messages.map(({ key, sentAtMs }) => [key, sentAtMs]));
    expect(timesOf[0]).toEqual(timesOf[1]);
    expect(timesOf[0]?.[0]?.[1]).toBe(NOW_MS - 60_000);
    const bodies = pages.map((page) =>
      page.messages.map((one) => proto.Message.encode(one.message).finish().toString()),
    );
    expect(bodies[0]).toEqual(bodies[1]);
  });

  test("does not bring back a chat that was deleted in the same flush, or while it waited", async () => {
    await using set = await everyPart();
    const ev = eventBuffer();
    const binding = bindStores({ ev }, set.parts, set.bind);
    ev.buffer();
    const chats = [chat(PN), chat("1@lid"), chat("2@lid")];
    ev.emit("messaging-history.set", { chats, contacts: [], messages: [] });
    ev.emit("chats.delete", [PN]);
    ev.flush();
    ev.emit("chats.delete", ["1@lid"]);
    await binding.drain();

    expect(set.parts.chats.page({ limit: 9 }).chats.map(({ jid }) => jid)).toEqual(["2@lid"]);
  });

  test("that is unbound half-way is written to its end", async () => {
    await using set = await everyPart();
    const ev = eventBuffer();
    const binding = bindStores({ ev }, set.parts, set.bind);
    ev.emit("messaging-history.set", { chats: [], contacts: [], messages: past(1000) });
    expect(await inTime(binding.drain(milliseconds(1)), set.clock)).toEqual({ drained: false });
    await binding.unbind();
    expect(set.parts.messages.load(theirKey("H999", LID))).toBeDefined();
  });
});

async function inTime<T>(work: Promise<T>, clock: ManualClock): Promise<T> {
  await clock.advance(1);
  return work;
}

/** As protobufjs decodes a number of 64 bits. */
class Long {
  readonly high = 0;
  readonly unsigned = true;
  readonly low: number;

  constructor(low: number) {
    this.low = low;
  }

  toString(): string {
    return String(this.low);
  }

  toNumber(): number {
    return this.low;
  }
}

function longOf(value: number): number {
  // The types of Baileys know its own Long only; the stores take whatever prints as a number.
  const long: unknown = new Long(value);
  return long as number;
}
