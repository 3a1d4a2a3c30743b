import { openSqlite } from "@motte/core/sqlite";
import { describe, expect, test } from "vitest";
import {
  type ChatEvents,
  type ReceiptEvents,
  type TableShape,
  type Tables,
  chatStore,
  memoryTables,
  openTables,
  receiptStore,
} from "@motte/store-kit";
import { chatSide, text } from "./support/chat-side.ts";

const LID = "1001@lid";
const OTHER = "1002@lid";
const OWN_MESSAGE = { remoteJid: "120363@g.us", id: "OWN", fromMe: true };

const came = (jid: string, from: number, count: number): ChatEvents => ({
  "messages.upsert": {
    messages: Array.from({ length: count }, (_, n) => text(jid, `M${from + n}`, from + n)),
    type: "notify",
  },
});

const receipts = (from: number, count: number): ReceiptEvents => ({
  "message-receipt.update": Array.from({ length: count }, (_, n) => ({
    key: OWN_MESSAGE,
    receipt: { userJid: `${from + n}@lid`, readTimestamp: 1 },
  })),
});

type Calls = Partial<Record<string, number>>;

/** Tables that count the calls to each, by `table.method`. */
function watched(tables: Tables): { readonly tables: Tables; readonly calls: Calls } {
  const calls: Calls = {};
  const table = <Row>(shape: TableShape<Row>): ReturnType<typeof tables.table<Row>> =>
    new Proxy(tables.table(shape), {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== "function") return member;
        return (...args: readonly unknown[]): unknown => {
          const call = `${shape.name}.${String(name)}`;
          calls[call] = (calls[call] ?? 0) + 1;
          return Reflect.apply(member, target, args);
        };
      },
    });
  return { tables: { table, atomically: (work) => tables.atomically(work) }, calls };
}

describe("a chat in which thousands wait to be read", () => {
  test("is counted once, and not again for each message or for each look", () => {
    const { tables, calls } = watched(memoryTables());
    const chats = chatStore(chatSide(tables).options);
    chats.ingest(came(LID, 0, 3000));
    for (let n = 0; n < 50; n++) {
      expect(chats.get(LID)?.unread).toBe(3000 + n);
      expect(chats.page({ limit: 10 }).chats[0]?.unread).toBe(3000 + n);
      chats.ingest(came(LID, 3000 + n, 1));
    }
    expect(calls["unread.list"]).toBe(1);
  });

  test("is read at once, and makes room with what comes later, a part with each flush", async () => {
    const database = await openSqlite(":memory:");
    const { tables, calls } = watched(await openTables({ database, account: "bot" }));
    const chats = chatStore(chatSide(tables).options);
    const kept = (): number =>
      Number(database.prepare("SELECT count(*) AS n FROM unread").get()?.["n"]);
    const ingest = (events: ChatEvents): void => {
      const before = calls["unread.delete"] ?? 0;
      chats.ingest(events);
      expect((calls["unread.delete"] ?? 0) - before).toBeLessThan(1200);
    };
    ingest(came(LID, 0, 5000));
    ingest(came(OTHER, 0, 100));
    ingest({ "chats.update": [{ id: LID, unreadCount: 0 }] });
    expect([chats.get(LID)?.unread, chats.get(OTHER)?.unread]).toEqual([0, 100]);
    ingest(came(LID, 6000, 1));
    ingest({ "chats.update": [{ id: OTHER, unreadCount: 0 }] });
    for (let flush = 0; flush < 6; flush++) ingest({});
    expect(kept()).toBe(1);
    expect([chats.get(LID)?.unread, chats.get(OTHER)?.unread]).toEqual([1, 0]);
    database.close();
  });

  test("has no more than the table holds, also after it was counted", () => {
    const side = chatSide();
    const chats = chatStore({ ...side.options, max: 64 });
    chats.ingest(came(LID, 0, 40));
    expect(chats.get(LID)?.unread).toBe(40);
    chats.ingest(came(OTHER, 1000, 64));
    expect(chats.get(LID)?.unread).toBe(0);
    const gone = { remoteJid: "3@lid", id: "X", fromMe: false };
    const others = chats.get(OTHER)?.unread;
    chats.ingest({ "messages.delete": { keys: [gone] } });
    chats.ingest({ "messages.delete": { keys: [{ ...gone, id: "Y" }] } });
    expect(chats.get(OTHER)?.unread).toBeLessThanOrEqual(others ?? 0);
  });

  test("is counted anew where a flush that was counted is taken back", async () => {
    const sqlite = await openTables({ file: ":memory:", account: "bot" });
    let fails = false;
    const tables: Tables = {
      table: (shape) => sqlite.table(shape),
      atomically: (work) =>
        sqlite.atomically(() => {
          const result = work();
          if (fails) throw new Error("the disk is full");
          return result;
        }),
    };
    const { options, errors } = chatSide(tables);
    const chats = chatStore(options);
    chats.ingest(came(LID, 0, 3));
    expect(chats.get(LID)?.unread).toBe(3);
    fails = true;
    chats.ingest(came(LID, 3, 5));
    fails = false;
    expect(errors).toHaveLength(1);
    expect(chats.get(LID)?.unread).toBe(3);
  });

  test("is counted anew where its number meets its LID, and where somebody is erased", async () => {
    const side = chatSide();
    const chats = chatStore(side.options);
    const pn = "491@s.whatsapp.net";
    chats.ingest(came(LID, 0, 2));
    chats.ingest(came(pn, 10, 3));
    expect([chats.get(LID)?.unread, chats.get(pn)?.unread]).toEqual([2, 3]);
    side.ids.learn({ lid: LID, pn, atMs: 1, source: "stanza" });
    expect([chats.get(LID)?.unread, chats.get(pn)?.unread]).toEqual([5, 5]);
    await chats.eraseUser(LID);
    chats.ingest(came(LID, 20, 1));
    expect(chats.get(LID)?.unread).toBe(1);
    chats.erase(LID);
    chats.ingest(came(LID, 30, 1));
    expect(chats.get(LID)?.unread).toBe(1);
  });
});

describe("the receipts of a message to a large group", () => {
  test("are counted once, and anew when they were deleted", () => {
    const { tables, calls } = watched(memoryTables());
    const store = receiptStore(chatSide(tables).options);
    for (let from = 5000; from < 6100; from += 50) store.ingest(receipts(from, 50));
    expect(store.of(OWN_MESSAGE)).toHaveLength(1024);
    expect(calls["receipt.count"]).toBe(1);
    store.ingest({ "messages.delete": { keys: [OWN_MESSAGE] } });
    store.ingest(receipts(9000, 3));
    expect(store.of(OWN_MESSAGE)).toHaveLength(3);
  });

  test("are as many as are there, where some were erased, taken back or made room for", async () => {
    const sqlite = await openTables({ file: ":memory:", account: "bot" });
    let fails = false;
    const tables: Tables = {
      table: (shape) => sqlite.table(shape),
      atomically: (work) =>
        sqlite.atomically(() => {
          const result = work();
          if (fails) throw new Error("the disk is full");
          return result;
        }),
    };
    const store = receiptStore(chatSide(tables).options);
    store.ingest(receipts(5000, 1000));
    fails = true;
    store.ingest(receipts(7000, 24));
    fails = false;
    store.ingest(receipts(8000, 24));
    expect(store.of(OWN_MESSAGE)).toHaveLength(1024);
    await store.eraseUser("5000@lid");
    store.ingest(receipts(9000, 1));
    expect(store.of(OWN_MESSAGE).map(({ user }) => user)).toContain("9000@lid");
  });
});
