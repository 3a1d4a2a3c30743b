import * as fc from "fast-check";
import { type BaileysEventMap, makeEventBuffer, proto } from "@whiskeysockets/baileys";
import { silentLogger } from "@motte/core/logger";
import { describe, expect, test } from "vitest";
import {
  contactStore,
  labelStore,
  minutes,
  presenceStore,
  reactionStore,
  receiptStore,
} from "@motte/store-kit";
import { ME, realEvents } from "./support/baileys-events.ts";
import { NOW_MS, NOW_SECONDS, chatSide, text } from "./support/chat-side.ts";
import { counted, tablesKinds } from "./support/tables.ts";

const LID = "1001@lid";
const PN = "491@s.whatsapp.net";
const OTHER = "1002@lid";
const GROUP = "120363@g.us";
const OWN_MESSAGE = { remoteJid: GROUP, id: "A", fromMe: true };

const label = (id: string, deleted = false): BaileysEventMap["labels.edit"] => ({
  id,
  name: `label ${id}`,
  color: 1,
  deleted,
});
const associate = (
  labelId: string,
  chatId: string,
  type: "add" | "remove",
  messageId?: string,
): { "labels.association": BaileysEventMap["labels.association"] } => {
  const association = { labelId, chatId, ...(messageId !== undefined && { messageId }) };
  // The association's own `type` is an enum that Baileys does not export.
  return { "labels.association": { type, association: association as never } };
};

describe.each(tablesKinds)("contacts in $name", ({ open, name: place }) => {
  const value = fc.constantFrom(undefined, "", "a", "b");
  const fields = fc.record({ name: value, notify: value, verifiedName: value, status: value });
  const word = fc.record({
    said: fields,
    by: fc.constantFrom("contacts.upsert", "contacts.update", "messaging-history.set"),
  });

  test("never lose a name to silence, and write nothing for what is known", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 12 }), async (words) => {
        const { tables, writes } = counted(await open());
        const contacts = contactStore(chatSide(tables).options);
        const known = new Map<string, string>();
        for (const { said, by } of words) {
          const contact: object = { id: LID, ...said };
          const events: object =
            by === "messaging-history.set"
              ? { [by]: { chats: [], messages: [], contacts: [contact] } }
              : { [by]: [contact] };
          const before = writes();
          let news = 0;
          for (const [field, told] of Object.entries(said)) {
            const isTaken = by !== "messaging-history.set" || !known.has(field);
            if (!told || !isTaken || known.get(field) === told) continue;
            known.set(field, told);
            news += 1;
          }
          const isFirst = contacts.get(LID) === undefined;
          contacts.ingest(events);
          expect(writes() - before).toBe(news > 0 || isFirst ? 1 : 0);
        }
        const { entity: _, jid: __, ...shown } = contacts.get(LID) ?? { entity: "", jid: "" };
        expect(shown).toEqual(Object.fromEntries(known));
      }),
      { numRuns: place === "memory" ? 100 : 8 },
    );
  });

  test("keep every name that was ever told, and the last of each kind", async () => {
    const contacts = contactStore(chatSide(await open()).options);
    contacts.ingest({ "contacts.upsert": [{ id: LID, name: "Ann", username: "ann" }] });
    contacts.ingest({ "contacts.update": [{ id: LID, notify: "Annie" }] });
    const silent: object = { id: LID, name: "", verifiedName: undefined };
    contacts.ingest({ "contacts.update": [silent] });
    contacts.ingest({ "contacts.update": [{ id: LID, name: "Anna", imgUrl: "changed" }] });
    const history = { chats: [], messages: [], contacts: [{ id: LID, name: "old", status: "hi" }] };
    contacts.ingest({ "messaging-history.set": history });
    expect(contacts.get(LID)).toEqual({
      entity: LID,
      jid: LID,
      name: "Anna",
      notify: "Annie",
      username: "ann",
      imgUrl: "changed",
      status: "hi",
    });
  });

  test("are known from their messages too: Baileys' buffer drops what an update said before an upsert", async () => {
    const contacts = contactStore(chatSide(await open()).options);
    const { ev, upsert } = realEvents();
    ev.process((flush) => contacts.ingest(flush));
    ev.buffer();
    const key = { remoteJid: LID, id: "A", fromMe: false, participant: "" };
    await upsert(text(LID, "A", 1, { key, pushName: "Annie" }));
    ev.emit("contacts.upsert", [{ id: LID, name: "Ann" }]);
    ev.flush();
    expect(contacts.get(LID)).toMatchObject({ name: "Ann", notify: "Annie" });
  });

  test("cost nothing when they say what is known", async () => {
    const { tables, writes } = counted(await open());
    const contacts = contactStore(chatSide(tables).options);
    contacts.ingest({ "contacts.update": [{ id: LID, notify: "Annie" }] });
    const before = writes();
    for (let n = 0; n < 100; n++) {
      contacts.ingest({ "contacts.update": [{ id: LID, notify: "Annie" }] });
      contacts.ingest({
        "messages.upsert": {
          messages: [text(LID, `${n}`, n, { pushName: "Annie" })],
          type: "notify",
        },
      });
    }
    expect(writes()).toBe(before);
  });

  test("are one under their number and their LID, and the later word holds", async () => {
    const { options, ids, clock } = chatSide(await open());
    const contacts = contactStore(options);
    contacts.ingest({ "contacts.upsert": [{ id: PN, name: "by number", notify: "n" }] });
    await clock.advance(1);
    contacts.ingest({ "contacts.upsert": [{ id: LID, name: "by LID" }] });
    contacts.ingest({ "blocklist.update": { blocklist: [PN], type: "add" } });
    ids.learn({ lid: LID, pn: PN, atMs: NOW_MS, source: "stanza" });
    expect(contacts.get(PN)).toMatchObject({ entity: LID, name: "by LID", notify: "n" });
    expect(contacts.page({ limit: 9 }).contacts).toHaveLength(1);
    expect(contacts.isBlocked(LID)).toBe(true);
  });

  test("are paged, those first that changed last", async () => {
    const { options, clock } = chatSide(await open());
    const contacts = contactStore(options);
    for (let n = 1; n <= 5; n++) {
      contacts.ingest({ "contacts.update": [{ id: `${n}@lid`, notify: "x" }] });
      await clock.advance(1);
    }
    const first = contacts.page({ limit: 3 });
    const second = contacts.page({ limit: 3, ...(first.next && { after: first.next }) });
    expect([...first.contacts, ...second.contacts].map(({ jid }) => jid)).toEqual(
      [5, 4, 3, 2, 1].map((n) => `${n}@lid`),
    );
    expect(second.next).toBeUndefined();
  });

  test("are blocked and not, by change and by the whole list", async () => {
    const contacts = contactStore(chatSide(await open()).options);
    contacts.ingest({ "blocklist.update": { blocklist: [LID, OTHER], type: "add" } });
    contacts.ingest({ "blocklist.update": { blocklist: [LID], type: "remove" } });
    expect([contacts.isBlocked(LID), contacts.isBlocked("1002:3@lid")]).toEqual([false, true]);
    contacts.setBlocked([LID]);
    expect(contacts.blocked()).toEqual([LID]);
  });
});

describe.each(tablesKinds)("labels in $name", ({ open }) => {
  test("are on chats and on messages, and come off", async () => {
    const labels = labelStore(chatSide(await open()).options);
    for (const id of ["1", "2"]) labels.ingest({ "labels.edit": label(id) });
    labels.ingest(associate("1", LID, "add"));
    labels.ingest(associate("2", LID, "add"));
    labels.ingest(associate("1", LID, "add", "M\n%0A"));
    labels.ingest(associate("2", LID, "remove"));
    expect(labels.of(LID).map(({ id }) => id)).toEqual(["1"]);
    expect(labels.of(LID, "M\n%0A").map(({ name }) => name)).toEqual(["label 1"]);
    expect(labels.labelled("1")).toEqual([
      { jid: LID, messageId: undefined },
      { jid: LID, messageId: "M\n%0A" },
    ]);
  });

  test("are more than twenty, and take their associations with them", async () => {
    const labels = labelStore(chatSide(await open()).options);
    for (let n = 0; n < 25; n++) labels.ingest({ "labels.edit": label(`${n}`) });
    labels.ingest(associate("7", LID, "add"));
    labels.ingest({ "labels.edit": label("7", true) });
    expect(labels.list()).toHaveLength(24);
    expect([labels.of(LID), labels.labelled("7")]).toEqual([[], []]);
    labels.ingest({ "labels.edit": label("7") });
    expect(labels.of(LID)).toEqual([]);
    labels.ingest(associate("7", LID, "add"));
    labels.ingest({ "chats.delete": [LID] });
    expect(labels.labelled("7")).toEqual([]);
  });
});

describe.each(tablesKinds)("receipts in $name", ({ open, name }) => {
  const user = fc.constantFrom(LID, OTHER, PN);
  const receipt = fc.record({
    userJid: user,
    which: fc.constantFrom("receiptTimestamp", "readTimestamp", "playedTimestamp"),
    at: fc.integer({ min: 1, max: 5 }),
  });

  test("are the first of each kind from each person, in whatever order and however often they come", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(receipt, { maxLength: 10 }), fc.boolean(), async (all, late) => {
        const told = async (list: typeof all): Promise<unknown> => {
          const { options, ids } = chatSide(await open());
          const receipts = receiptStore(options);
          const meet = (): unknown =>
            ids.learn({ lid: LID, pn: PN, atMs: NOW_MS, source: "stanza" });
          if (!late) meet();
          for (const { userJid, which, at } of list) {
            receipts.ingest({
              "message-receipt.update": [{ key: OWN_MESSAGE, receipt: { userJid, [which]: at } }],
            });
          }
          if (late) meet();
          return receipts.of(OWN_MESSAGE);
        };
        const least = (who: readonly string[], which: string): number =>
          Math.min(
            ...all
              .filter((one) => who.includes(one.userJid) && one.which === which)
              .map(({ at }) => at * 1000),
          );
        const expected = [
          { user: LID, forms: [LID, PN] },
          { user: OTHER, forms: [OTHER] },
        ]
          .map(({ user: entity, forms }) => ({
            user: entity,
            deliveredAtMs: least(forms, "receiptTimestamp"),
            readAtMs: least(forms, "readTimestamp"),
            playedAtMs: least(forms, "playedTimestamp"),
          }))
          .map((one) => Object.entries(one).filter(([, value]) => value !== Infinity))
          .filter((entries) => entries.length > 1)
          .map((entries) => Object.fromEntries(entries));
        expect(await told(all)).toEqual(expected);
        expect(await told([...all, ...all].toReversed())).toEqual(expected);
      }),
      { numRuns: name === "memory" ? 60 : 5 },
    );
  });

  test("of a direct chat come with the message's update", async () => {
    const receipts = receiptStore(chatSide(await open()).options);
    const key = { remoteJid: LID, id: "A", fromMe: true };
    const { DELIVERY_ACK, READ, SERVER_ACK } = proto.WebMessageInfo.Status;
    for (const [status, at] of [
      [SERVER_ACK, 1],
      [READ, 3],
      [DELIVERY_ACK, 2],
    ] as const) {
      receipts.ingest({ "messages.update": [{ key, update: { status, messageTimestamp: at } }] });
    }
    expect(receipts.of(key)).toEqual([{ user: LID, deliveredAtMs: 2000, readAtMs: 3000 }]);
  });

  test("are of others about ours, and go with the message", async () => {
    const receipts = receiptStore(chatSide(await open()).options);
    const read = (key: object, userJid: string): void =>
      receipts.ingest({
        "message-receipt.update": [
          { key: { ...OWN_MESSAGE, ...key }, receipt: { userJid, readTimestamp: 1 } },
        ],
      });
    read({ fromMe: false }, LID);
    read({}, ME.lid);
    expect(receipts.of(OWN_MESSAGE)).toEqual([]);
    read({}, LID);
    receipts.ingest({ "messages.delete": { keys: [{ ...OWN_MESSAGE, fromMe: false }] } });
    expect(receipts.of(OWN_MESSAGE)).toHaveLength(1);
    receipts.ingest({ "messages.delete": { keys: [OWN_MESSAGE] } });
    expect(receipts.of(OWN_MESSAGE)).toEqual([]);
  });

  test("of one message are no more than a group has members", async () => {
    const receipts = receiptStore(chatSide(await open()).options);
    const updates = Array.from({ length: 1100 }, (_, n) => ({
      key: OWN_MESSAGE,
      receipt: { userJid: `${n + 5000}@lid`, readTimestamp: 1 },
    }));
    receipts.ingest({ "message-receipt.update": updates });
    expect(receipts.of(OWN_MESSAGE)).toHaveLength(1024);
  });
});

describe.each(tablesKinds)("reactions in $name", ({ open, name }) => {
  const authors = [LID, OTHER, "777:3@lid"];
  const reaction = fc.record({
    author: fc.constantFrom(...authors),
    text: fc.constantFrom("", "x", "y"),
    at: fc.integer({ min: 1, max: 4 }),
  });

  test("are the last of each person, in whatever order they come, and none when taken back", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(reaction, { maxLength: 10 }), async (all) => {
        const told = async (list: typeof all): Promise<unknown> => {
          const reactions = reactionStore(chatSide(await open()).options);
          for (const one of list) {
            reactions.ingest({
              "messages.reaction": [
                {
                  key: OWN_MESSAGE,
                  reaction: {
                    key: { remoteJid: GROUP, participant: one.author, fromMe: false, id: "R" },
                    text: one.text,
                    senderTimestampMs: one.at,
                  },
                },
              ],
            });
          }
          return reactions.of(OWN_MESSAGE);
        };
        const expected = [
          [LID, LID],
          [OTHER, OTHER],
          ["777:3@lid", "me"],
        ].flatMap(([author, shown]) => {
          const last = all
            .filter((one) => one.author === author)
            .toSorted((a, b) => b.at - a.at || (a.text < b.text ? 1 : -1))[0];
          return last?.text ? [{ author: shown, text: last.text, atMs: last.at }] : [];
        });
        expect(await told(all)).toEqual(expected);
        expect(await told([...all, ...all].toReversed())).toEqual(expected);
      }),
      { numRuns: name === "memory" ? 60 : 5 },
    );
  });

  test("come as Baileys makes them of a message, and go with theirs", async () => {
    const reactions = reactionStore(chatSide(await open()).options);
    const { ev, upsert } = realEvents();
    ev.process((flush) => reactions.ingest(flush));
    const target = { remoteJid: GROUP, id: "A", fromMe: false, participant: OTHER };
    await upsert({
      key: { remoteJid: GROUP, id: "R", fromMe: false, participant: LID },
      messageTimestamp: NOW_SECONDS,
      message: { reactionMessage: { key: target, text: "x", senderTimestampMs: NOW_MS } },
    });
    expect(reactions.of(target)).toEqual([{ author: LID, text: "x", atMs: NOW_MS }]);
    reactions.ingest({ "messages.delete": { keys: [target] } });
    expect(reactions.of(target)).toEqual([]);

    const direct = { remoteJid: LID, id: "B", fromMe: true, participant: "" };
    const answer = {
      key: { ...direct, id: "R", fromMe: false },
      text: "y",
      senderTimestampMs: 1,
    };
    reactions.ingest({ "messages.reaction": [{ key: direct, reaction: answer }] });
    expect(reactions.of(direct)).toEqual([{ author: LID, text: "y", atMs: 1 }]);
  });
});

describe("presence", () => {
  test("is what was last said of each person, for five minutes", async () => {
    const { ids, clock } = chatSide();
    const presence = presenceStore({ identities: ids, clock });
    const say = (jid: string, lastKnownPresence: "available" | "composing"): void =>
      presence.ingest({
        "presence.update": { id: GROUP, presences: { [jid]: { lastKnownPresence } } },
      });
    say(LID, "available");
    await clock.advance(minutes(3));
    say(OTHER, "composing");
    expect([...presence.of(GROUP).keys()]).toEqual([OTHER, LID]);
    await clock.advance(minutes(3));
    expect([...presence.of(GROUP)]).toEqual([[OTHER, { lastKnownPresence: "composing" }]]);
    await clock.advance(minutes(3));
    expect(presence.of(GROUP).size).toBe(0);
  });
});

describe("what is damaged", () => {
  test("never makes a store throw, and never reaches Baileys' buffer", () => {
    const junk = fc.anything({ maxDepth: 3, withNullPrototype: true });
    const name = fc.constantFrom(
      "contacts.update",
      "blocklist.update",
      "labels.edit",
      "labels.association",
      "messages.reaction",
      "message-receipt.update",
      "messages.update",
      "messages.delete",
      "presence.update",
      "messaging-history.set",
    );
    fc.assert(
      fc.property(name, junk, junk, (event, value, element) => {
        const { options, ids, clock, errors } = chatSide();
        const stores = [
          contactStore(options),
          labelStore(options),
          receiptStore(options),
          reactionStore(options),
          presenceStore({
            identities: ids,
            clock,
            onError: (error) => void errors.push(error.message),
          }),
        ];
        for (const arg of [value, [element], { keys: [element], contacts: [element] }]) {
          for (const store of stores) store.ingest({ [event]: arg });
        }
        const ev = makeEventBuffer(silentLogger);
        ev.process((flush) => stores.forEach((store) => store.ingest(flush)));
        ev.emit("contacts.update", [{ id: LID, notify: "x" }]);
        expect(stores).toHaveLength(5);
      }),
      { numRuns: 100 },
    );
  });
});
