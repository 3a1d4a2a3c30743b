import { afterAll, describe, expect, test } from "vitest";
import { realEvents } from "../support/baileys-events.ts";
import {
  type OpenedAny,
  all,
  backends,
  receive,
  stopBackends,
  textsOf,
} from "../support/message-places.ts";
import { GROUP, LID, PN, message, theirKey } from "../support/messages.ts";

const BOB = "102@lid";

/** Bob has the number now. */
const book = new Map([
  [PN, BOB],
  [BOB, PN],
]);
const identities = {
  lidOf: (jid: string) => book.get(jid),
  pnOf: (jid: string) => book.get(jid),
};

const former = [
  message({ ...theirKey("old 1", PN), remoteJidAlt: LID }, "old by number"),
  message({ ...theirKey("old 2", LID), remoteJidAlt: PN }, "old by LID"),
  message({ ...theirKey("old 3", GROUP, LID), participantAlt: PN }, "old to all by LID"),
  message({ ...theirKey("old 4", GROUP, PN), participantAlt: LID }, "old to all by number"),
];
const present = [
  message(theirKey("new 1", PN), "new by number"),
  message({ ...theirKey("new 2", BOB), remoteJidAlt: PN }, "new by LID"),
  message({ ...theirKey("new 3", GROUP, BOB), participantAlt: PN }, "to all"),
];

type Store = OpenedAny["store"];

const sortedTexts = async (store: Store, chat: string): Promise<readonly unknown[]> =>
  (await textsOf(store, chat)).toSorted((a = "", b = "") => (a < b ? -1 : 1));

const ways = [
  { way: "eraseUser", erase: (store: Store) => store.eraseUser(PN), deleted: 3, toAll: [] },
  { way: "eraseChat", erase: (store: Store) => store.eraseChat(PN), deleted: 2, toAll: ["to all"] },
  {
    way: "a deletion on the phone",
    erase: async (store: Store) => {
      const { ev } = realEvents();
      const binding = store.bind(ev);
      ev.emit("chats.delete", [PN]);
      binding[Symbol.dispose]();
      await store.drain();
      return "later";
    },
    deleted: "later",
    toAll: ["to all"],
  },
];

afterAll(stopBackends);

describe.each(await backends())("a number that had another owner before, in $name", (backend) => {
  test.each(ways)(
    "erasing its owner by $way erases nothing of whoever had it before, also when all comes again",
    async ({ erase, deleted, toAll }) => {
      await using place = await backend.place();
      await using opened = await place.open({ identities, keep: all });
      const { store } = opened;
      await receive(store, ...former, ...present);
      expect(await sortedTexts(store, PN)).toEqual(["new by LID", "new by number"]);
      expect(await erase(store)).toBe(deleted);
      for (let round = 0; round < 2; round++) {
        expect(await sortedTexts(store, PN)).toEqual([]);
        expect(await sortedTexts(store, BOB)).toEqual([]);
        expect(await sortedTexts(store, LID)).toEqual(["old by LID", "old by number"]);
        expect(await sortedTexts(store, GROUP)).toEqual([
          "old to all by LID",
          "old to all by number",
          ...toAll,
        ]);
        await receive(store, ...former, ...present);
      }
      expect(opened.errors).toEqual([]);
    },
  );
});
