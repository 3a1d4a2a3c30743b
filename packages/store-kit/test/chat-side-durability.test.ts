import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { availableSqliteDrivers } from "@motte/core/sqlite";
import { ManualClock } from "@motte/core/manual-clock";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Tables,
  chatStore,
  contactStore,
  createIdentities,
  groupMetadataCache,
  labelStore,
  openRedisTables,
  openTables,
  reactionStore,
  receiptStore,
  seconds,
} from "@motte/store-kit";
import { type RedisServer, startRedis } from "../../../test/support/redis-server.ts";
import { ME } from "./support/baileys-events.ts";
import { NOW_MS, chatSide, text } from "./support/chat-side.ts";
import { GROUP, member, metadata } from "./support/groups.ts";
import { connectTo } from "./support/kv-places.ts";

const LID = "1001@lid";
const PN = "491@s.whatsapp.net";
const KEY = { remoteJid: PN, id: "OUT", fromMe: true };

let folder: string;
let server: Promise<RedisServer> | undefined;
const redis = (): Promise<RedisServer> => (server ??= startRedis(["--save", ""]));
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "store-kit-chats-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await (await server)?.[Symbol.asyncDispose]();
});

function everything(
  tables: Tables,
): object & { readonly show: () => object; readonly fill: () => void } {
  const { options, ids } = chatSide(tables);
  const chats = chatStore(options);
  const contacts = contactStore(options);
  const labels = labelStore(options);
  const receipts = receiptStore(options);
  const reactions = reactionStore(options);
  return {
    fill: () => {
      chats.ingest({ "messages.upsert": { messages: [text(PN, "A", 1)], type: "notify" } });
      contacts.ingest({ "contacts.upsert": [{ id: PN, name: "Ann" }] });
      labels.ingest({ "labels.edit": { id: "1", name: "new", color: 2, deleted: false } });
      const association = { type: "label_jid" as never, chatId: PN, labelId: "1" };
      labels.ingest({ "labels.association": { type: "add", association } });
      const receipt = { userJid: PN, readTimestamp: 5 };
      receipts.ingest({ "message-receipt.update": [{ key: KEY, receipt }] });
      const reaction = { key: { ...KEY, fromMe: false }, text: "x", senderTimestampMs: 7 };
      reactions.ingest({ "messages.reaction": [{ key: KEY, reaction }] });
      ids.learn({ lid: LID, pn: PN, atMs: NOW_MS, source: "stanza" });
    },
    show: () => ({
      pair: [ids.lidOf(PN), ids.pnOf(LID), ids.history(PN), [...ids.facts()]],
      members: ids.members(ids.entity(LID)),
      chat: chats.get(LID),
      contact: contacts.get(LID),
      labels: labels.of(LID),
      receipts: receipts.of({ ...KEY, remoteJid: LID }),
      reactions: reactions.of({ ...KEY, remoteJid: LID }),
    }),
  };
}

const drivers = await availableSqliteDrivers();

type Place = (account: string) => Promise<Tables & { close(): void | Promise<void> }>;
const places: readonly (readonly [string, Place])[] = [
  ...drivers.map((driver): readonly [string, Place] => [
    driver,
    (account) =>
      openTables({ file: join(folder, `${driver.replaceAll(":", "-")}.db`), account, driver }),
  ]),
  ...(["redis", "ioredis"] as const).map((library): readonly [string, Place] => [
    `Redis by ${library}`,
    async (account) => {
      const connected = await connectTo(library, (await redis()).port);
      const { client } = connected;
      const tables = await openRedisTables({
        account,
        client,
        prefix: library,
        commandTimeout: seconds(30),
      });
      const close = async (): Promise<void> => {
        await tables.close();
        await connected[Symbol.asyncDispose]();
      };
      return {
        table: (shape) => tables.table(shape),
        atomically: (w) => tables.atomically(w),
        close,
      };
    },
  ]),
];

describe.each(places)("with %s", (_name, open) => {
  test("everything is there again after a restart, under the LID that its number met", async () => {
    const first = await open("bot");
    const before = everything(first);
    before.fill();
    const shown = before.show();
    await first.close();
    expect(shown).toMatchObject({
      pair: [LID, PN, [{ active: true }], expect.any(Array)],
      members: [LID, PN],
      chat: { unread: 1, entity: LID },
      contact: { name: "Ann", entity: LID },
      labels: [{ id: "1" }],
      receipts: [{ user: LID, readAtMs: 5000 }],
      reactions: [{ author: LID, text: "x" }],
    });
    const again = await open("bot");
    expect(everything(again).show()).toEqual(shown);
    await again.close();
    const other = await open("another");
    expect(everything(other).show()).toMatchObject({ chat: undefined, members: [LID], labels: [] });
    await other.close();
  });

  test("a merge and what it moves are written together or not at all", async () => {
    const tables = await open("merging");
    const clock = new ManualClock(NOW_MS);
    const ids = createIdentities({ me: ME, tables, clock });
    const chats = chatStore({ identities: ids, tables, clock });
    chats.ingest({ "messages.upsert": { messages: [text(PN, "A", 1)], type: "notify" } });
    const fail = (): void =>
      tables.atomically(() => {
        ids.learn({ lid: LID, pn: PN, atMs: NOW_MS, source: "stanza" });
        expect(chats.get(LID)?.unread).toBe(1);
        throw new Error("the flush fails");
      });
    expect(fail).toThrow("the flush fails");
    expect(chats.get(LID)).toBeUndefined();
    expect(chats.get(PN)?.unread).toBe(1);
    expect(ids.lidOf(PN)).toBeUndefined();
    await tables.close();
  });
});

describe.each(drivers)("with %s", (driver) => {
  test("a disk that fails reaches onError, and never Baileys", async () => {
    const tables = await openTables({ file: ":memory:", account: "bot", driver });
    const { options, ids, errors, clock } = chatSide(tables);
    const stores = [chatStore(options), contactStore(options), receiptStore(options)];
    const groups = groupMetadataCache({
      identities: ids,
      tables,
      clock,
      fetch: async () => metadata([member(1)]),
      onError: (error) => void errors.push("code" in error ? String(error.code) : ""),
    });
    tables.close();
    const messages = [text(LID, "A", 1, { pushName: "Ann" })];
    for (const store of stores) {
      store.ingest({
        "messages.upsert": { messages, type: "notify" },
        "message-receipt.update": [{ key: KEY, receipt: { userJid: LID, readTimestamp: 5 } }],
      });
    }
    ids.ingest({ "lid-mapping.update": { lid: LID, pn: PN } });
    groups.ingest({ "groups.upsert": [metadata([member(1)])] });
    expect(await groups.cachedGroupMetadata(GROUP)).toBeUndefined();
    expect(errors.length).toBeGreaterThanOrEqual(5);
    expect(new Set(errors)).toEqual(new Set(["STORE_KIT_UNAVAILABLE"]));
  });
});
