// What Baileys' own event buffer loses or garbles on the way, and what the stores make of it all the same.
import { type SignalDataTypeMap, type SignalKeyStore, proto } from "@whiskeysockets/baileys";
import { expect, test } from "vitest";
import { bindStores } from "@motte/store-kit";
import { type ReplayStep, replay } from "@motte/store-kit/testing";
import { boundSocket, everyPart, eventBuffer } from "./support/bound-stores.ts";
import { GROUP, LID, NOW_MS, PN, message, ownKey, textOf, theirKey } from "./support/messages.ts";
import { member, metadata } from "./support/groups.ts";

const { READ } = proto.WebMessageInfo.Status;

const count = (unreadCount: number): ReplayStep => ({
  "chats.update": [{ id: LID, unreadCount }],
});

/** Plays a recording through the event buffer, in one flush unless it says otherwise. */
async function played(...steps: ReplayStep[]) {
  const set = await everyPart();
  const ev = eventBuffer();
  const binding = bindStores({ ev }, set.parts, set.bind);
  replay(["buffer", ...steps, "flush"], ev);
  await binding.drain();
  return set;
}

const theirs = (id: string, text: string) => message(theirKey(id, LID), text);
const upsert = (...messages: ReturnType<typeof theirs>[]): ReplayStep => ({
  "messages.upsert": { messages, type: "notify" },
});

test("pairs of a history are dropped with it, and looked up in the auth state", async () => {
  await using set = await everyPart();
  const { sock } = boundSocket();
  const records = new Map([
    ["888_reverse", "5511999"],
    ["5511999", "888"],
  ]);
  const get: SignalKeyStore["get"] = async <T extends keyof SignalDataTypeMap>(
    _type: T,
    names: string[],
  ) => {
    const found: Record<string, SignalDataTypeMap[T]> = {};
    for (const name of names) {
      const value = records.get(name);
      if (value !== undefined) found[name] = value as SignalDataTypeMap[T];
    }
    return found;
  };
  const authState = { keys: { get } };
  const binding = bindStores({ ...sock, authState }, set.parts, set.bind);
  const lidPnMappings = [{ lid: LID, pn: PN }];
  const chats = [{ id: LID, conversationTimestamp: NOW_MS / 1000 }];
  const history = { chats, contacts: [], messages: [], lidPnMappings };
  replay(["buffer", { "messaging-history.set": history }, "flush"], sock.ev);
  await binding.drain();
  expect(set.parts.identities.pnOf(LID)).toBe(PN);
});

test("the second change of a group in a flush is dropped, so the group is confirmed before the next send", async () => {
  await using set = await everyPart();
  const ev = eventBuffer();
  const { groups } = set.parts;
  bindStores({ ev }, set.parts, set.bind);
  const asked: string[] = [];
  groups.fetchWith(async (jid) => {
    asked.push(jid);
    return metadata([member(1)], { id: GROUP, subject: "new", announce: true });
  });
  replay([{ "groups.upsert": [metadata([member(1)], { id: GROUP })] }], ev);
  expect((await groups.cachedGroupMetadata(GROUP))?.subject).toBe("a group");
  const changes: ReplayStep[] = [
    { "groups.update": [{ id: GROUP, subject: "new" }] },
    { "groups.update": [{ id: GROUP, announce: true }] },
  ];
  replay(["buffer", ...changes, "flush"], ev);

  expect(await groups.cachedGroupMetadata(GROUP)).toMatchObject({ subject: "new", announce: true });
  expect(asked).toEqual([GROUP]);
});

test("the name that a contact gave itself is dropped when the contact is told again, and comes with its messages", async () => {
  await using set = await played(
    { "contacts.update": [{ id: LID, notify: "Ben" }] },
    { "contacts.upsert": [{ id: LID, name: "Benjamin" }] },
    upsert({ ...theirs("A", "hi"), pushName: "Ben" }),
  );
  expect(set.parts.contacts.get(LID)).toMatchObject({ name: "Benjamin", notify: "Ben" });
});

test("three messages and then a reading count as none, where the buffer says three", async () => {
  await using set = await everyPart();
  const ev = eventBuffer();
  bindStores({ ev }, set.parts, set.bind);
  const three = [theirs("A", "1"), theirs("B", "2"), theirs("C", "3")];
  replay([upsert(...three), "buffer", count(1), count(1), count(1), count(0), "flush"], ev);
  replay([count(0)], ev);
  expect(set.parts.chats.get(LID)?.unread).toBe(0);
});

test("what comes while a history is held back is counted once, though the buffer adds it to the history's count", async () => {
  const past = {
    "messaging-history.set": {
      chats: [{ id: LID, conversationTimestamp: NOW_MS / 1000 - 100, unreadCount: 5 }],
      contacts: [],
      messages: [],
    },
  };
  const now: ReplayStep[] = [
    upsert(theirs("A", "1")),
    count(1),
    upsert(theirs("B", "2")),
    count(1),
  ];
  await using before = await played(...now, past);
  expect(before.parts.chats.get(LID)?.unread).toBe(7);
  await using after = await played(past, ...now);
  expect(after.parts.chats.get(LID)?.unread).toBe(7);
});

test("a reaction and a receipt that are put into their message are found", async () => {
  const own = ownKey("OWN", LID);
  await using set = await played(
    upsert(theirs("A", "hi")),
    { "messages.upsert": { messages: [message(own, "mine")], type: "notify" } },
    {
      "messages.reaction": [
        { key: own, reaction: { key: theirKey("R", LID), text: "+", senderTimestampMs: NOW_MS } },
      ],
    },
    {
      "message-receipt.update": [
        { key: own, receipt: { userJid: LID, readTimestamp: NOW_MS / 1000 } },
      ],
    },
  );
  expect(set.parts.reactions.of(own).map(({ text }) => text)).toEqual(["+"]);
  expect(set.parts.receipts.of(own)).toEqual([{ user: LID, readAtMs: NOW_MS }]);
});

test("a read status that is put into its message is a receipt of the person in the chat", async () => {
  const own = ownKey("OWN", LID);
  const readAt = NOW_MS / 1000 + 60;
  await using set = await played(
    { "messages.upsert": { messages: [message(own, "mine")], type: "append" } },
    { "messages.update": [{ key: own, update: { status: READ, messageTimestamp: readAt } }] },
  );
  expect(set.parts.receipts.of(own)).toEqual([{ user: LID, readAtMs: readAt * 1000 }]);
});

test("a message that is deleted in the flush of the history it comes with stays deleted", async () => {
  const messages = [theirs("A", "deleted"), theirs("B", "kept")];
  await using set = await played(
    { "messaging-history.set": { chats: [], contacts: [], messages } },
    { "messages.delete": { keys: [theirKey("A", LID)] } },
  );
  expect(set.parts.messages.load(theirKey("A", LID))).toBeUndefined();
  expect(textOf(set.parts.messages.load(theirKey("B", LID))?.message)).toBe("kept");
});

test("a receipt that comes before its message, and under the other form, raises its status only", async () => {
  const own = ownKey("A", LID);
  await using set = await played(
    { "lid-mapping.update": { lid: LID, pn: PN } },
    {
      "messages.update": [
        { key: ownKey("A", PN), update: { status: READ, messageTimestamp: NOW_MS / 1000 + 500 } },
      ],
    },
    { "messages.upsert": { messages: [message(own, "mine")], type: "append" } },
  );
  expect(set.parts.messages.load(own)).toMatchObject({ status: READ });
  expect(set.parts.messages.page(LID).messages.map(({ key }) => key.id)).toEqual(["A"]);
});
