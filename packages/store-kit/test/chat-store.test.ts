import * as fc from "fast-check";
import { type BaileysEventMap, makeEventBuffer, proto } from "@whiskeysockets/baileys";
import { silentLogger } from "@motte/core/logger";
import { describe, expect, test } from "vitest";
import { type ChatEvents, type ChatStore, chatStore, memoryTables } from "@motte/store-kit";
import { realEvents } from "./support/baileys-events.ts";
import { type ChatSide, NOW_MS, NOW_SECONDS, chatSide, text } from "./support/chat-side.ts";
import { counted, tablesKinds } from "./support/tables.ts";

const LID = "1001@lid";
const PN = "491@s.whatsapp.net";
const GROUP = "120363@g.us";

function open(side: ChatSide = chatSide()): ChatSide & { readonly chats: ChatStore } {
  return { ...side, chats: chatStore(side.options) };
}

const came = (...messages: ReturnType<typeof text>[]): ChatEvents => ({
  "messages.upsert": { messages, type: "notify" },
});
const history = (chat: BaileysEventMap["chats.upsert"][number]): ChatEvents => ({
  "messaging-history.set": { chats: [chat], contacts: [], messages: [] },
});

describe("a chat", () => {
  test("is there from the first word about it, whoever says it", () => {
    for (const events of [
      came(text(LID, "A", 1)),
      history({ id: LID, conversationTimestamp: NOW_SECONDS + 1 }),
      { "chats.upsert": [{ id: LID, conversationTimestamp: NOW_SECONDS + 1 }] },
      { "chats.update": [{ id: LID, conversationTimestamp: NOW_SECONDS + 1 }] },
    ] satisfies ChatEvents[]) {
      const { chats } = open();
      chats.ingest(events);
      expect(chats.get(LID)).toMatchObject({ jid: LID, lastMessageAtMs: NOW_MS + 1000 });
    }
    expect(open().chats.get(LID)).toBeUndefined();
  });

  test("has the settings that were made last, and loses those that were taken back", () => {
    const { chats } = open();
    const set = { name: "Ann", archived: true, pinned: NOW_SECONDS, muteEndTime: NOW_MS };
    chats.ingest({ "chats.update": [{ id: LID, ...set, ephemeralExpiration: 86_400 }] });
    chats.ingest({ "chats.lock": { id: LID, locked: true } });
    expect(chats.get(LID)).toMatchObject({
      name: "Ann",
      archived: true,
      locked: true,
      pinnedAtMs: NOW_MS,
      mutedUntilMs: NOW_MS,
      ephemeralSeconds: 86_400,
    });
    const unset = { archived: false, pinned: null, muteEndTime: null, ephemeralExpiration: null };
    chats.ingest({ "chats.update": [{ id: LID, ...unset }] });
    expect(chats.get(LID)).toMatchObject({
      name: "Ann",
      archived: false,
      locked: true,
      pinnedAtMs: undefined,
      mutedUntilMs: undefined,
      ephemeralSeconds: undefined,
    });
  });

  test("takes from the history only what it does not know better", () => {
    const { chats } = open();
    chats.ingest({ "chats.update": [{ id: LID, name: "live", archived: false }] });
    chats.ingest(came(text(LID, "A", 10)));
    chats.ingest(
      history({
        id: LID,
        name: "old",
        archived: true,
        readOnly: true,
        conversationTimestamp: NOW_SECONDS,
      }),
    );
    expect(chats.get(LID)).toMatchObject({
      name: "live",
      archived: false,
      readOnly: true,
      lastMessageAtMs: NOW_MS + 10_000,
    });
  });

  test("is one under its number and its LID, from before they met", () => {
    const { chats, ids } = open();
    chats.ingest({ "chats.update": [{ id: PN, name: "Ann", archived: true }] });
    chats.ingest(came(text(PN, "A", 1), text(PN, "B", 2)));
    chats.ingest(came(text(LID, "B", 2), text(LID, "C", 3)));
    ids.learn({ lid: LID, pn: PN, atMs: NOW_MS, source: "stanza" });
    expect(chats.get(PN)).toEqual(chats.get(LID));
    expect(chats.get(LID)).toMatchObject({ name: "Ann", archived: true, unread: 3, jid: LID });
    expect(chats.page({ limit: 10 }).chats).toHaveLength(1);
  });

  test("that was deleted is not brought back by what is older", () => {
    const { chats } = open();
    chats.ingest(came(text(LID, "A", 5)));
    chats.ingest({ "chats.delete": [LID] });
    chats.ingest(
      history({ id: LID, name: "old", unreadCount: 3, conversationTimestamp: NOW_SECONDS + 5 }),
    );
    chats.ingest(came(text(LID, "A", 5)));
    expect(chats.get(LID)).toBeUndefined();
    expect(chats.page({ limit: 10 })).toEqual({ chats: [], next: undefined });
    chats.ingest(came(text(LID, "B", 6)));
    expect(chats.get(LID)).toMatchObject({ unread: 1, name: undefined });
  });
});

describe("unread messages", () => {
  test("are counted as Baileys tells them, each once", async () => {
    const { chats } = open();
    const { ev, upsert } = realEvents();
    ev.process((flush) => chats.ingest(flush));
    const types = proto.WebMessageInfo.StubType;
    const reaction = { reactionMessage: { text: "x", key: { id: "A", remoteJid: LID } } };
    await upsert(text(LID, "A", 1));
    await upsert(text(LID, "B", 2, { key: { remoteJid: LID, id: "B", fromMe: true } }));
    await upsert(text(LID, "C", 3, { message: reaction }));
    await upsert(text(LID, "D", 4, { message: null, messageStubType: types.CIPHERTEXT }));
    await upsert(text(LID, "E", 5, { message: { senderKeyDistributionMessage: {} } }));
    await upsert(text(LID, "A", 1));
    await upsert(text(LID, "D", 4));
    expect(chats.get(LID)).toMatchObject({ unread: 2, lastMessageAtMs: NOW_MS + 4000 });
  });

  test("are not miscounted by Baileys' buffer, which adds a mark as read to the messages before it", () => {
    const { chats } = open();
    const ev = makeEventBuffer(silentLogger);
    const flushes: ChatEvents[] = [];
    ev.process((flush) => void flushes.push(flush));
    chats.ingest(came(text(LID, "A", 1)));
    ev.buffer();
    ev.emit("messages.upsert", { messages: [text(LID, "B", 2)], type: "notify" });
    ev.emit("chats.update", [{ id: LID, unreadCount: 1 }]);
    ev.emit("chats.update", [{ id: LID, unreadCount: 1 }]);
    ev.flush();
    for (const flush of flushes) chats.ingest(flush);
    expect(chats.get(LID)?.unread).toBe(2);
  });

  test("are read once another device of ours read them", () => {
    const { chats } = open();
    chats.ingest(came(text(LID, "A", 1), text(LID, "B", 2), text(LID, "C", 3)));
    const key = { remoteJid: LID, id: "B", fromMe: false };
    const { READ } = proto.WebMessageInfo.Status;
    chats.ingest({ "messages.update": [{ key, update: { status: READ } }] });
    expect(chats.get(LID)?.unread).toBe(1);
    chats.ingest(came(text(LID, "A", 1)));
    expect(chats.get(LID)?.unread).toBe(1);

    chats.ingest(came(text(GROUP, "A", 1)));
    const read = {
      key: { ...key, remoteJid: GROUP, id: "A" },
      receipt: { userJid: "x", readTimestamp: 9 },
    };
    chats.ingest({ "message-receipt.update": [read] });
    expect(chats.get(GROUP)?.unread).toBe(0);
  });

  test("that were read take no room, and none when they come again", () => {
    const { tables, writes } = counted(memoryTables());
    const { chats } = open(chatSide(tables));
    const messages = came(text(LID, "A", 1), text(LID, "B", 2));
    chats.ingest(messages);
    chats.ingest({ "chats.update": [{ id: LID, unreadCount: 0 }] });
    const before = writes();
    chats.ingest(messages);
    expect(writes()).toBe(before);
  });

  test("of ours that somebody read change nothing", () => {
    const { chats } = open();
    chats.ingest(came(text(LID, "A", 1)));
    const key = { remoteJid: LID, id: "A", fromMe: true };
    const { READ } = proto.WebMessageInfo.Status;
    chats.ingest({ "messages.update": [{ key, update: { status: READ } }] });
    expect(chats.get(LID)?.unread).toBe(1);
  });

  test("that are deleted are no longer unread, not even delivered again", () => {
    const { chats } = open();
    chats.ingest({
      ...came(text(LID, "A", 1), text(LID, "B", 2)),
      "messages.delete": { keys: [{ remoteJid: LID, id: "A", fromMe: false }] },
    });
    chats.ingest(came(text(LID, "A", 1)));
    expect(chats.get(LID)?.unread).toBe(1);
  });

  test("that are deleted before they come are not unread when they do", () => {
    const { chats } = open();
    chats.ingest({ "messages.delete": { keys: [{ remoteJid: LID, id: "A", fromMe: false }] } });
    chats.ingest(came(text(LID, "A", 1), text(LID, "B", 2)));
    expect(chats.get(LID)?.unread).toBe(1);
  });

  test("may be marked on a phone, which is no number", () => {
    const { chats } = open();
    chats.ingest({ "chats.update": [{ id: LID, unreadCount: -1 }] });
    expect(chats.get(LID)).toMatchObject({ unread: 0, markedUnread: true });
    chats.ingest({ "chats.update": [{ id: LID, unreadCount: null }] });
    expect(chats.get(LID)?.markedUnread).toBe(true);
    chats.ingest({ "chats.update": [{ id: LID, unreadCount: 0 }] });
    expect(chats.get(LID)?.markedUnread).toBe(false);
  });

  test("that a history marks are marked once: the same history again does not undo a reading", () => {
    const { chats } = open();
    const marked = history({ id: LID, unreadCount: -1, conversationTimestamp: NOW_SECONDS + 1 });
    chats.ingest(marked);
    expect(chats.get(LID)?.markedUnread).toBe(true);
    chats.ingest({ "chats.update": [{ id: LID, unreadCount: 0 }] });
    chats.ingest(marked);
    expect(chats.get(LID)?.markedUnread).toBe(false);
  });

  const { READ } = proto.WebMessageInfo.Status;
  interface Model {
    readonly seen: Map<string, number>;
    lastAt: number;
    readTo: number;
    history: { at: number; unread: number } | undefined;
    marked: boolean;
    readonly gone: Set<string>;
  }
  const at = fc.integer({ min: 1, max: 8 });
  const op = fc.oneof(
    { arbitrary: fc.record({ op: fc.constant("come" as const), at }), weight: 4 },
    fc.record({ op: fc.constant("sent" as const), at }),
    fc.record({ op: fc.constant("read" as const), at }),
    fc.constant({ op: "readAll" as const, at: 0 }),
    fc.constant({ op: "hint" as const, at: 0 }),
    fc.constant({ op: "mark" as const, at: 0 }),
    fc.constant({ op: "nothing" as const, at: 0 }),
    fc.record({ op: fc.constant("delete" as const), at }),
    fc.record({ op: fc.constant("history" as const), at, unread: fc.integer({ min: 0, max: 3 }) }),
  );

  test("of a message that was read and deleted tells nothing of what came after it", () => {
    const { chats } = open(chatSide());
    const of = (id: string) => ({ remoteJid: LID, id, fromMe: false });
    chats.ingest(came(text(LID, "A", 1)));
    chats.ingest({ "chats.update": [{ id: LID, unreadCount: 0 }] });
    chats.ingest({ "messages.delete": { keys: [of("A")] } });
    chats.ingest(came(text(LID, "B", 2)));
    chats.ingest({ "chats.update": [{ id: LID, unreadCount: -1 }] });

    chats.ingest({ "messages.update": [{ key: of("A"), update: { status: READ } }] });

    expect(chats.get(LID)).toMatchObject({ unread: 1, markedUnread: true });
  });

  test.each(tablesKinds)(
    "add up in $name: what came since the last reading, and before that what the history says",
    async ({ open: openTables, name }) => {
      await fc.assert(
        fc.asyncProperty(fc.array(op, { maxLength: 20 }), async (ops) => {
          const { chats, errors } = open(chatSide(await openTables()));
          const model: Model = {
            seen: new Map(),
            lastAt: 0,
            readTo: 0,
            history: undefined,
            marked: false,
            gone: new Set(),
          };
          for (const one of ops) {
            const stamp = NOW_SECONDS + one.at;
            const id = `M${one.at}`;
            if (one.op === "come") {
              chats.ingest(came(text(LID, id, one.at)));
              model.seen.set(id, stamp);
              model.lastAt = Math.max(model.lastAt, stamp);
            } else if (one.op === "sent") {
              chats.ingest(
                came(text(LID, "S", one.at, { key: { remoteJid: LID, id: "S", fromMe: true } })),
              );
              model.lastAt = Math.max(model.lastAt, stamp);
            } else if (one.op === "read") {
              const key = { remoteJid: LID, id, fromMe: false };
              chats.ingest({ "messages.update": [{ key, update: { status: READ } }] });
              const isKnown = model.seen.has(id) && stamp > model.readTo;
              if (isKnown) Object.assign(model, { readTo: stamp, marked: false });
            } else if (one.op === "readAll") {
              chats.ingest({ "chats.update": [{ id: LID, unreadCount: 0 }] });
              model.readTo = Math.max(model.readTo, model.lastAt);
              model.marked = false;
            } else if (one.op === "hint") {
              chats.ingest({ "chats.update": [{ id: LID, unreadCount: 2 }] });
            } else if (one.op === "mark") {
              chats.ingest({ "chats.update": [{ id: LID, unreadCount: -1 }] });
              model.marked = true;
            } else if (one.op === "nothing") {
              chats.ingest({ "chats.update": [{ id: LID, unreadCount: null }] });
            } else if (one.op === "delete") {
              const keys = [{ remoteJid: LID, id, fromMe: false }];
              if (model.seen.has(id)) model.gone.add(id);
              if (model.seen.has(id)) chats.ingest({ "messages.delete": { keys } });
            } else {
              chats.ingest(
                history({ id: LID, unreadCount: one.unread, conversationTimestamp: stamp }),
              );
              model.lastAt = Math.max(model.lastAt, stamp);
              if (stamp > (model.history?.at ?? 0))
                model.history = { at: stamp, unread: one.unread };
            }
            const base = (model.history?.at ?? 0) > model.readTo ? model.history : undefined;
            const since = [...model.seen].filter(
              ([seen, when]) => when > (base?.at ?? model.readTo) && !model.gone.has(seen),
            );
            // Asked for after each: an answer may be kept for the next time.
            expect(chats.get(LID)?.unread ?? 0).toBe(since.length + (base?.unread ?? 0));
            expect(chats.get(LID)?.markedUnread ?? false).toBe(model.marked);
          }
          expect(errors).toEqual([]);
        }),
        { numRuns: name === "memory" ? 150 : 8 },
      );
    },
  );
});

describe.each(tablesKinds)("chats in $name", ({ open: openTables }) => {
  test("are paged by their last message, each once, whatever the size of a page", async () => {
    const { chats } = open(chatSide(await openTables()));
    for (let n = 1; n <= 9; n++) chats.ingest(came(text(`${n}@lid`, "A", n % 4)));
    chats.ingest({ "chats.delete": ["3@lid", "7@lid"] });
    for (const limit of [1, 2, 3, 7, 20]) {
      const jids: string[] = [];
      let page = chats.page({ limit });
      jids.push(...page.chats.map(({ jid }) => jid));
      while (page.next !== undefined) {
        page = chats.page({ limit, after: page.next });
        jids.push(...page.chats.map(({ jid }) => jid));
      }
      expect(jids).toEqual(["2@lid", "6@lid", "1@lid", "5@lid", "9@lid", "4@lid", "8@lid"]);
    }
  });

  test("survive damaged events, and go on with the rest of the flush", async () => {
    const { chats, errors } = open(chatSide(await openTables()));
    const junk = fc.anything({ maxDepth: 3, withNullPrototype: true });
    const name = fc.constantFrom(
      "messaging-history.set",
      "chats.update",
      "chats.delete",
      "chats.lock",
      "messages.upsert",
      "messages.update",
      "messages.delete",
      "message-receipt.update",
    );
    fc.assert(
      fc.property(name, junk, junk, (event, value, element) => {
        const { chats: some } = open();
        for (const arg of [value, [element], { messages: [element], keys: [element] }]) {
          some.ingest({ [event]: arg });
        }
      }),
      { numRuns: 60 },
    );
    chats.ingest({ ...came(null as never, text(LID, "A", 1)), "chats.update": {} as never });
    expect(chats.get(LID)?.unread).toBe(1);
    expect(errors).toEqual(["STORE_KIT_EVENT_UNREADABLE", "STORE_KIT_EVENT_UNREADABLE"]);
  });
});
