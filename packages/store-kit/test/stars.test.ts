import { proto } from "@whiskeysockets/baileys";
import { describe, expect, test } from "vitest";
import { bindStores, starStore } from "@motte/store-kit";
import { boundSocket, everyPart, upsert } from "./support/bound-stores.ts";
import { chatSide } from "./support/chat-side.ts";
import { pastOf, sendHistory } from "./support/history.ts";
import { GROUP, LID, NOW_MS, PN, message, ownKey, textOf, theirKey } from "./support/messages.ts";
import { counted, tablesKinds } from "./support/tables.ts";

const star = (key: { remoteJid?: string | null; id?: string | null }, starred: boolean) => ({
  "messages.update": [{ key, update: { starred } }],
});

describe.each(tablesKinds)("stars in $name", ({ open }) => {
  test("are on and off as they were set last, also under the chat's other form", async () => {
    const { options, ids } = chatSide(await open());
    const stars = starStore(options);
    stars.ingest(star(theirKey("A", PN), true));
    stars.ingest(star(ownKey("B", PN), true));
    stars.ingest(star(ownKey("B", PN), false));
    ids.learn({ lid: LID, pn: PN, atMs: NOW_MS, source: "stanza" });
    expect(stars.isStarred(theirKey("A", LID))).toBe(true);
    expect(stars.isStarred(ownKey("B", LID))).toBe(false);
    expect(stars.of(PN)).toEqual([
      {
        chat: LID,
        key: { remoteJid: PN, id: "A", fromMe: false },
        starredAtMs: expect.any(Number),
      },
    ]);
    stars.ingest({ "messages.delete": { keys: [theirKey("A", LID)] } });
    expect(stars.of(PN)).toEqual([]);
  });

  test("are paged, those first that were starred last, without those taken off", async () => {
    const { options, clock } = chatSide(await open());
    const stars = starStore(options);
    for (let n = 1; n <= 9; n++) {
      stars.ingest(star(theirKey(`${n}`, GROUP), true));
      await clock.advance(1);
    }
    for (const n of [2, 7, 9]) stars.ingest(star(theirKey(`${n}`, GROUP), false));
    for (const limit of [1, 2, 4, 20]) {
      const ids: unknown[] = [];
      let page = stars.page({ limit });
      ids.push(...page.stars.map(({ key }) => key.id));
      while (page.next !== undefined) {
        page = stars.page({ limit, after: page.next });
        ids.push(...page.stars.map(({ key }) => key.id));
      }
      expect(ids).toEqual(["8", "6", "5", "4", "3", "1"]);
    }
    stars.ingest({ "chats.delete": [GROUP] });
    expect(stars.page({ limit: 9 })).toEqual({ stars: [], next: undefined });
  });

  test("of a history are taken where nothing was said since, and cost nothing when they come again", async () => {
    const { tables, writes } = counted(await open());
    const stars = starStore(chatSide(tables).options);
    stars.ingest(star(theirKey("OFF", LID), false));
    const messages = ["OFF", "ON"].map((id) => ({
      ...message(theirKey(id, LID), "text"),
      starred: true,
    }));
    const history = { "messaging-history.set": { chats: [], contacts: [], messages } };
    stars.ingest(history);
    expect(stars.of(LID).map(({ key, starredAtMs }) => [key.id, starredAtMs])).toEqual([
      ["ON", NOW_MS],
    ]);
    const before = writes();
    stars.ingest(history);
    stars.ingest(star(theirKey("ON", LID), true));
    expect(writes()).toBe(before);
  });
});

test("a star comes with the history, with its message out of the buffer, and alone; and names a message that is stored", async () => {
  await using set = await everyPart();
  const stars = starStore({ identities: set.parts.identities, clock: set.clock });
  const { sock } = boundSocket();
  const binding = bindStores(sock, { ...set.parts, stars }, set.bind);
  const { ev } = sock;
  const [past] = pastOf(LID, 1);
  if (past !== undefined) sendHistory(ev, [{ ...past, starred: true }]);
  await binding.drain();
  ev.buffer();
  upsert(ev, message(theirKey("A", LID), "starred at once"));
  ev.emit("messages.update", [{ key: theirKey("A", LID), update: { starred: true } }]);
  ev.flush();
  upsert(ev, message(theirKey("B", LID), "starred later"));
  ev.emit("messages.update", [{ key: theirKey("B", LID), update: { starred: true } }]);
  const { READ } = proto.WebMessageInfo.Status;
  ev.emit("messages.update", [{ key: theirKey("B", LID), update: { status: READ } }]);

  const { stars: all } = stars.page({ limit: 9 });
  const texts = all.map(({ key }) => textOf(set.parts.messages.load(key)?.message) ?? "");
  expect(new Set(texts)).toEqual(new Set(["0 xxxxxxxx", "starred at once", "starred later"]));
  expect(texts).toHaveLength(3);
});
