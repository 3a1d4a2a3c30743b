import { proto } from "@whiskeysockets/baileys";
import { expect, test } from "vitest";
import { chatStore, receiptStore } from "@motte/store-kit";
import { NOW_SECONDS, chatSide, text } from "./support/chat-side.ts";

const { DELIVERY_ACK, READ } = proto.WebMessageInfo.Status;

test("receipts of a message to a broadcast list are those of the people on it, not of the list", () => {
  const { options } = chatSide();
  const receipts = receiptStore(options);
  const list = { remoteJid: "1700000000@broadcast", id: "A", fromMe: true };
  for (const [participant, status, at] of [
    ["1@lid", DELIVERY_ACK, 1],
    ["492:3@hosted", READ, 2],
    ["1:7@lid", READ, 3],
  ] as const) {
    const update = { status, messageTimestamp: at };
    receipts.ingest({ "messages.update": [{ key: { ...list, participant }, update }] });
  }
  const nobody = { status: READ, messageTimestamp: 9 };
  receipts.ingest({ "messages.update": [{ key: list, update: nobody }] });
  expect(receipts.of(list)).toEqual([
    { user: "1@lid", deliveredAtMs: 1000, readAtMs: 3000 },
    { user: "492@s.whatsapp.net", readAtMs: 2000 },
  ]);
});

test("a message of ours that is deleted takes none of theirs with it that has its id", () => {
  const { options } = chatSide();
  const chats = chatStore(options);
  chats.ingest({ "messages.upsert": { messages: [text("1@lid", "SAME", 1)], type: "notify" } });
  const keys = [{ remoteJid: "1@lid", id: "SAME", fromMe: true }];
  chats.ingest({ "messages.delete": { keys } });
  expect(chats.get("1@lid")).toMatchObject({
    unread: 1,
    lastMessageAtMs: (NOW_SECONDS + 1) * 1000,
  });
});

test("a message that comes with its status has a receipt in a direct chat, and none of a group as if it were a person", () => {
  const { options } = chatSide();
  const receipts = receiptStore(options);
  const keys = ["1@lid", "120363@g.us"].map((remoteJid) => ({ remoteJid, id: "A", fromMe: true }));
  const messages = keys.map((key) => text(key.remoteJid, "A", 1, { key, status: READ }));
  receipts.ingest({ "messages.upsert": { messages, type: "append" } });
  expect(keys.map((key) => receipts.of(key).length)).toEqual([1, 0]);
});

test("receipts of a large group whose older ones had to go go on being taken in", () => {
  const { options } = chatSide();
  const receipts = receiptStore({ ...options, max: 1000 });
  const key = { remoteJid: "120363@g.us", id: "A", fromMe: true };
  for (let n = 0; n < 2000; n++) {
    const receipt = { userJid: `${5000 + n}@lid`, readTimestamp: n + 1 };
    receipts.ingest({ "message-receipt.update": [{ key, receipt }] });
  }
  expect(receipts.of(key).some(({ user }) => user === "6999@lid")).toBe(true);
});
