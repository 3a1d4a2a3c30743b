import {
  type BaileysEventMap,
  makeEventBuffer,
  processSyncAction,
  proto,
} from "@whiskeysockets/baileys";
import { silentLogger } from "@motte/core/logger";
import { describe, expect, test } from "vitest";
import { type ChatEvents, type ChatStore, bindStores, chatStore } from "@motte/store-kit";
import { eventBuffer, everyPart } from "./support/bound-stores.ts";
import { NOW_MS, NOW_SECONDS, chatSide } from "./support/chat-side.ts";
import { openSpool } from "./support/history.ts";

const LID = "1001@lid";
const PN = "491@s.whatsapp.net";

function open(): { readonly chats: ChatStore } {
  return { chats: chatStore(chatSide().options) };
}

const history = (chat: BaileysEventMap["chats.upsert"][number]): ChatEvents => ({
  "messaging-history.set": { chats: [chat], contacts: [], messages: [] },
});

describe("a chat", () => {
  test("is pinned and muted until the same moment, whether a phone's settings or its history tell", () => {
    const ev = makeEventBuffer(silentLogger);
    const { chats } = open();
    ev.process((flush) => chats.ingest(flush));
    const tell = (value: proto.ISyncActionValue, type: string): void => {
      const syncAction = { index: [type, LID], syncAction: { value } };
      processSyncAction(syncAction, ev, { id: PN, name: "" });
    };
    tell({ timestamp: NOW_MS, pinAction: { pinned: true } }, "pin_v1");
    tell({ muteAction: { muted: true, muteEndTimestamp: NOW_MS } }, "mute");
    expect(chats.get(LID)).toMatchObject({ pinnedAtMs: NOW_MS, mutedUntilMs: NOW_MS });
    const { Conversation } = proto;
    const { muteEndTime, pinned } = Conversation.decode(
      Conversation.encode({ id: PN, muteEndTime: NOW_SECONDS, pinned: NOW_SECONDS }).finish(),
    );
    chats.ingest(history({ id: PN, muteEndTime: muteEndTime ?? null, pinned: pinned ?? null }));
    expect(chats.get(PN)).toMatchObject({ pinnedAtMs: NOW_MS, mutedUntilMs: NOW_MS });
    tell({ muteAction: { muted: false } }, "mute");
    tell({ pinAction: { pinned: false } }, "pin_v1");
    expect(chats.get(LID)).toMatchObject({ pinnedAtMs: undefined, mutedUntilMs: undefined });
  });

  test("that is muted for good is not one whose time is over, also where its history waited on disk", async () => {
    const { chats } = open();
    chats.ingest({ "chats.update": [{ id: LID, muteEndTime: -1 }] });
    expect(chats.get(LID)?.mutedUntilMs).toBe(Infinity);
    const { Conversation } = proto;
    const told = { id: PN, muteEndTime: { low: -1, high: -1, unsigned: true } as never };
    const chat = Conversation.decode(Conversation.encode(told).finish());
    chats.ingest(history(chat));
    expect(chats.get(PN)?.mutedUntilMs).toBe(Infinity);

    await using set = await everyPart();
    using spool = await openSpool();
    const ev = eventBuffer();
    const binding = bindStores({ ev }, set.parts, { ...set.bind, spool, durableHistory: true });
    ev.emit("messaging-history.set", { chats: [chat], contacts: [], messages: [] });
    await binding.drain();
    expect(set.parts.chats.get(PN)?.mutedUntilMs).toBe(Infinity);
    chats.ingest(history({ id: "3@lid", muteEndTime: 0 }));
    expect(chats.get("3@lid")?.mutedUntilMs).toBeUndefined();
  });
});
