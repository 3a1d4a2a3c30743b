import * as fc from "fast-check";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { days, hours, seconds } from "@motte/store-kit";
import { ME, realEvents } from "../support/baileys-events.ts";
import {
  type MessagePlace,
  all,
  backends,
  receive,
  stopBackends,
  textAt,
  textsOf,
} from "../support/message-places.ts";
import {
  GROUP,
  LID,
  NOW_MS,
  PN,
  editOf,
  message,
  ownKey,
  poll,
  revokeOf,
  textOf,
  theirKey,
} from "../support/messages.ts";

const ANN = "101@lid";
const ANN_PN = "49101@s.whatsapp.net";
const BOB = "102@lid";
const DAY_MS = 86_400_000;

afterAll(stopBackends);

const byText = (a = "", b = ""): number => (a < b ? -1 : 1);

describe.each(await backends())("messages in $name", (backend) => {
  let place: MessagePlace;
  let runs = 0;
  beforeEach(async () => {
    place = await backend.place();
  });
  afterEach(() => place[Symbol.asyncDispose]());

  test("a page has nothing of whoever had the number before", async () => {
    const book = new Map([
      [PN, BOB],
      [BOB, PN],
    ]);
    const identities = {
      lidOf: (jid: string) => book.get(jid),
      pnOf: (jid: string) => book.get(jid),
    };
    await using opened = await place.open({ identities, keep: all });
    await receive(
      opened.store,
      message({ ...theirKey("old by number", PN), remoteJidAlt: LID }, "old by number"),
      message({ ...theirKey("old by LID", LID), remoteJidAlt: PN }, "old by LID"),
      message(theirKey("new by number", PN), "new by number"),
      message({ ...theirKey("new by LID", BOB), remoteJidAlt: PN }, "new by LID"),
    );
    const texts = async (jid: string) => (await textsOf(opened.store, jid)).toSorted(byText);

    expect(await texts(PN)).toEqual(["new by LID", "new by number"]);
    expect(await texts(BOB)).toEqual(["new by LID", "new by number"]);
    expect(await texts(LID)).toEqual(["old by LID", "old by number"]);
    const { before = "" } = await opened.store.page(PN, { limit: 1 });
    expect((await opened.store.page(PN, { before })).messages).toHaveLength(1);
  });

  test("poll and event secrets come with every form of their creator", async () => {
    await using opened = await place.open({ me: ME });
    await opened.store.recordSent(message(ownKey("OURS", GROUP), poll(1)));
    await receive(
      opened.store,
      message({ ...theirKey("ANN", GROUP, ANN), participantAlt: ANN_PN }, poll(2)),
      message({ ...theirKey("DIRECT", PN), remoteJidAlt: LID }, poll(3)),
    );
    const { store } = opened;

    expect(await store.pollSecrets(ownKey("OURS", GROUP))).toMatchObject({
      secret: Buffer.alloc(32, 1),
      creator: ["4910@s.whatsapp.net", "777@lid"],
      message: { pollCreationMessage: { name: "tea?" } },
    });
    expect(await store.pollSecrets(theirKey("ANN", GROUP, ANN_PN))).toMatchObject({
      secret: Buffer.alloc(32, 2),
      creator: [ANN, ANN_PN],
    });
    expect((await store.pollSecrets(theirKey("DIRECT", LID)))?.creator).toEqual([PN, LID]);
    await store.recordSent(message(ownKey("TEXT"), "no secret"));
    expect(await store.pollSecrets(ownKey("TEXT"))).toBeUndefined();
    expect(await store.pollSecrets(ownKey("NONE"))).toBeUndefined();
  });

  test("kinds live as long as is said of them, polls longer and a status shorter than the rest", async () => {
    await using opened = await place.open({
      retention: { maxAge: days(2), maxAgeOf: { media: seconds(30) } },
    });
    const { store, clock } = opened;
    const status = ownKey("STATUS", "status@broadcast");
    await store.recordSent(message(ownKey("TEXT"), "text"));
    await store.recordSent(message(ownKey("IMAGE"), { imageMessage: { caption: "image" } }));
    await store.recordSent(message(ownKey("POLL"), poll(1)));
    await store.recordSent(message(status, "status"));
    const alive = async (): Promise<string[]> => {
      const keys = [ownKey("TEXT"), ownKey("IMAGE"), ownKey("POLL"), status];
      const found = await Promise.all(
        keys.map(async (key) => ((await store.getMessage(key)) ? [String(key.id)] : [])),
      );
      return found.flat();
    };

    expect(await alive()).toEqual(["TEXT", "IMAGE", "POLL", "STATUS"]);
    await clock.advance(30_000);
    expect(await alive()).toEqual(["TEXT", "POLL", "STATUS"]);
    await clock.advance(DAY_MS - 30_000);
    expect(await alive()).toEqual(["TEXT", "POLL"]);
    await clock.advance(DAY_MS);
    expect(await alive()).toEqual(["POLL"]);
    await clock.advance(28 * DAY_MS - 1);
    expect(await alive()).toEqual(["POLL"]);
    await clock.advance(1);
    expect(await alive()).toEqual([]);
  });

  test("a disappearing message of history disappears from when its time began", async () => {
    await using opened = await place.open({ keep: all });
    const key = theirKey("A", PN);
    const content = { extendedTextMessage: { text: "goes", contextInfo: { expiration: 100 } } };
    const started = { ephemeralStartTimestamp: NOW_MS / 1000 - 60 };
    await opened.store.ingestHistory([
      { ...message(key, content, NOW_MS - hours(1)), ...started },
      { ...message(theirKey("B", PN), content, NOW_MS - hours(1)) },
    ]);

    expect(await textAt(opened.store, theirKey("B", PN))).toBeUndefined();
    await opened.clock.advance(39_999);
    expect(await textAt(opened.store, key)).toBe("goes");
    await opened.clock.advance(1);
    expect(await textAt(opened.store, key)).toBeUndefined();
    expect(await textsOf(opened.store, PN)).toEqual([]);
  });

  test("disappearing and view-once messages are kept as privacy says", async () => {
    const goes = { extendedTextMessage: { text: "goes", contextInfo: { expiration: 100 } } };
    const once = { viewOnceMessageV2: { message: { imageMessage: { caption: "once" } } } };
    const keptWith = async (
      account: string,
      privacy: { ephemeral?: "skip"; viewOnce?: "keep" },
    ): Promise<boolean[]> => {
      await using opened = await place.open({ account, privacy });
      await opened.store.recordSent(message(ownKey("A"), goes));
      await opened.store.recordSent(message(ownKey("B"), once));
      const found = [ownKey("A"), ownKey("B")].map((key) => opened.store.getMessage(key));
      return (await Promise.all(found)).map((one) => one !== undefined);
    };

    expect(await keptWith("1", {})).toEqual([true, false]);
    expect(await keptWith("2", { ephemeral: "skip" })).toEqual([false, false]);
    expect(await keptWith("3", { viewOnce: "keep" })).toEqual([true, true]);
    // @ts-expect-error a caller without types
    await expect(keptWith("4", { viewOnce: "keep it" })).rejects.toMatchObject({
      code: "USAGE_INVALID_OPTION",
    });
  });

  describe("page", () => {
    test("goes through a chat newest first, however it is cut, each message once", async () => {
      const stamps = fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 14 });
      await fc.assert(
        fc.asyncProperty(stamps, fc.integer({ min: 1, max: 5 }), async (ages, limit) => {
          await using opened = await place.open({ account: `run ${++runs}` });
          for (const [index, age] of ages.entries()) {
            const chat = index % 3 === 0 ? PN : LID;
            const alt = index % 3 === 0 ? LID : PN;
            const key = ownKey(`M${index}`, chat, { remoteJidAlt: alt });
            await opened.store.recordSent(message(key, `${index}`, NOW_MS - age * 1000));
          }
          await opened.store.recordSent(message(ownKey("X", "5599@c.us"), "elsewhere"));
          const seen: { age: number; text: string | undefined }[] = [];
          let before: string | undefined;
          do {
            const page = await opened.store.page("888:2@lid", {
              limit,
              ...(before !== undefined && { before }),
            });
            expect(page.messages.length).toBeLessThanOrEqual(limit);
            for (const one of page.messages) {
              seen.push({ age: (NOW_MS - one.sentAtMs) / 1000, text: textOf(one.message) });
            }
            before = page.before;
          } while (before !== undefined);

          expect(seen.map(({ age }) => age)).toEqual(ages.toSorted((a, b) => a - b));
          expect(new Set(seen.map(({ text }) => text)).size).toBe(ages.length);
        }),
        { numRuns: 20 },
      );
    });

    test("leaves out revokes, edits, votes and what is gone, and shows edits", async () => {
      await using opened = await place.open({ keep: all });
      const { store } = opened;
      await store.recordSent(message(ownKey("A"), "first", NOW_MS - 3000));
      await store.recordSent(message(ownKey("B"), "revoked", NOW_MS - 2000));
      await store.recordSent(editOf(ownKey("A"), "edited", ownKey("E")));
      await store.recordSent(revokeOf(ownKey("B"), ownKey("R")));
      await receive(
        store,
        message(theirKey("V", PN), { reactionMessage: { key: ownKey("A"), text: "👍" } }),
        message(theirKey("T", PN), "theirs"),
      );

      expect(await textsOf(store, PN)).toEqual(["theirs", "edited"]);
      const [newest] = (await store.page(PN, { limit: 1 })).messages;
      expect(newest).toMatchObject({ kind: "text", origin: "inbound", edited: false });
    });

    test("refuses a limit or a cursor that makes no sense", async () => {
      await using opened = await place.open();
      const page = async (options: object): Promise<unknown> => opened.store.page(PN, options);
      for (const options of [{ limit: 0 }, { limit: 1001 }, { before: "x" }, { before: "" }]) {
        await expect(page(options)).rejects.toMatchObject({ code: "USAGE_INVALID_OPTION" });
      }
    });
  });

  describe("erasing", () => {
    test("a chat erases both forms of it up to now, and it does not come back", async () => {
      await using opened = await place.open({ keep: all });
      const { store, clock } = opened;
      const sent = [
        message(ownKey("A", PN, { remoteJidAlt: LID }), "to PN", NOW_MS - 1000),
        message(ownKey("B", LID, { remoteJidAlt: PN }), "to LID", NOW_MS - 1000),
        message(ownKey("C", GROUP), "to a group", NOW_MS - 1000),
      ];
      for (const one of sent) await store.recordSent(one);
      const goes = { extendedTextMessage: { text: "goes", contextInfo: { expiration: 1 } } };
      await store.recordSent(message(ownKey("G", GROUP), goes));
      await clock.advance(1000);

      expect(await store.eraseChat(PN)).toBe(2);
      await clock.advance(1000);
      for (const one of sent) await store.recordSent(one);
      await store.ingestHistory(sent);
      await store.recordSent(message(ownKey("D", PN), "after", NOW_MS + 2000));

      expect(await textAt(store, ownKey("A"))).toBeUndefined();
      expect(await textAt(store, ownKey("C", GROUP))).toBe("to a group");
      expect(await textsOf(store, PN)).toEqual(["after"]);
      expect(await store.eraseChat("nobody@s.whatsapp.net")).toBe(0);
    });

    test("a chat that our phone deleted is gone at once", async () => {
      await using opened = await place.open();
      await opened.store.recordSent(message(ownKey("A"), "hi", NOW_MS - 1000));
      const { ev } = realEvents();
      opened.store.bind(ev);
      ev.emit("chats.delete", [PN]);
      await opened.store.drain();

      expect(await opened.store.getMessage(ownKey("A"))).toBeUndefined();
      expect(await textsOf(opened.store, PN)).toEqual([]);
    });

    test("a user erases the chat with them and what they sent to groups, and nothing else", async () => {
      const identities = {
        lidOf: (jid: string) => (jid === ANN_PN ? ANN : undefined),
        pnOf: (jid: string) => (jid === ANN ? ANN_PN : undefined),
      };
      await using opened = await place.open({ keep: all, identities });
      const { store } = opened;
      const hers = message(theirKey("G", GROUP, ANN), "Ann in the group", NOW_MS - 1000);
      await store.recordSent(message(ownKey("A", ANN_PN), "to Ann", NOW_MS - 1000));
      await store.recordSent(message(ownKey("C", GROUP), "ours", NOW_MS - 2000));
      const bobs = message(theirKey("H", GROUP, BOB), "Bob in the group", NOW_MS - 1000);
      await receive(store, hers, bobs);

      expect(await store.eraseUser(ANN_PN)).toBe(2);
      await store.ingestHistory([hers]);

      expect(await textsOf(store, ANN)).toEqual([]);
      expect(await textsOf(store, GROUP)).toEqual(["Bob in the group", "ours"]);
      expect(await store.getMessage(hers.key)).toBeUndefined();
    });
  });

  describe("history", () => {
    test("is written in steps, says how far it is, and does not change what is known", async () => {
      await using opened = await place.open({ keep: all });
      const { store } = opened;
      await store.recordSent(message(ownKey("M7"), "live"));
      const past = Array.from({ length: 120 }, (_, index) =>
        message(ownKey(`M${index}`), `past ${index}`, NOW_MS - 1000 - index),
      );
      const told: number[] = [];

      await store.ingestHistory(past, { onProgress: ({ done, total }) => told.push(done / total) });

      expect(await textAt(store, ownKey("M7"))).toBe("live");
      expect(await textAt(store, ownKey("M119"))).toBe("past 119");
      expect(told.length).toBeGreaterThan(1);
      expect(told).toEqual(told.toSorted((a, b) => a - b));
      expect(told.at(-1)).toBe(1);
    });

    test("stops when told to, and keeps what is written", async () => {
      await using opened = await place.open({ keep: all });
      const past = Array.from({ length: 200 }, (_, index) => message(ownKey(`M${index}`), "past"));
      const stop = new AbortController();

      await expect(
        opened.store.ingestHistory(past, {
          signal: stop.signal,
          onProgress: () => stop.abort(new Error("enough")),
        }),
      ).rejects.toThrow("enough");

      expect(await textAt(opened.store, ownKey("M0"))).toBe("past");
      expect(await textAt(opened.store, ownKey("M199"))).toBeUndefined();
    });

    test("that comes by events is written by the time the store is closed", async () => {
      {
        await using opened = await place.open({ keep: all });
        const { ev } = realEvents();
        opened.store.bind(ev);
        const messages = Array.from({ length: 60 }, (_, index) =>
          message(theirKey(`M${index}`, PN), "past", NOW_MS - index * 1000),
        );
        // @ts-expect-error one that makes no sense
        messages[5] = { message: {} };
        ev.emit("messaging-history.set", { chats: [], contacts: [], messages, isLatest: true });
        await opened.store.close();
        expect(opened.errors).toEqual(["STORE_KIT_EVENT_UNREADABLE"]);
      }
      await using again = await place.open();
      expect(await textAt(again.store, theirKey("M59", PN))).toBe("past");
    });
  });

  test("only so many messages are kept of a chat", async () => {
    await using opened = await place.open({ retention: { maxPerChat: 3 } });
    for (let index = 0; index < 6; index++) {
      await opened.store.recordSent(
        message(ownKey(`M${index}`), `${index}`, NOW_MS - 9000 + index * 1000),
      );
      await opened.store.recordSent(message(ownKey(`G${index}`, GROUP), `${index}`));
    }

    expect(await textsOf(opened.store, PN)).toEqual(["5", "4", "3"]);
    expect((await opened.store.page(GROUP)).messages).toHaveLength(3);
    expect(await opened.store.getMessage(ownKey("M2"))).toBeUndefined();
  });

  test("a closed store refuses everything but being asked", async () => {
    const { store, errors } = await place.open();
    await store.close();
    await store.close();

    expect(await store.getMessage(ownKey("A"))).toBeUndefined();
    expect(errors).toEqual(["USAGE_CLOSED"]);
    const closed = expect.objectContaining({ code: "USAGE_CLOSED" });
    const refused = async (work: () => unknown): Promise<void> => {
      await expect((async () => work())()).rejects.toEqual(closed);
    };
    await refused(() => store.load(ownKey("A")));
    await refused(() => store.recordSent(message(ownKey("A"), "hi")));
    await refused(() => store.bind(realEvents().ev));
    await refused(() => store.page(PN));
    await refused(() => store.eraseChat(PN));
    await refused(() => store.eraseUser(PN));
    await refused(() => store.ingestHistory([]));
  });
});
