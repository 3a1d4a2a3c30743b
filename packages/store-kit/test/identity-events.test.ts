import * as fc from "fast-check";
import { type BaileysEventMap, makeEventBuffer, proto } from "@whiskeysockets/baileys";
import { silentLogger } from "@motte/core/logger";
import { describe, expect, test } from "vitest";
import { ME, realEvents } from "./support/baileys-events.ts";
import { NOW_MS, NOW_SECONDS } from "./support/chat-side.ts";
import { openIdentities as open } from "./support/open-identities.ts";

const LID = "1001@lid";
const PN = "491@s.whatsapp.net";
const GROUP = "120363@g.us";

/** A flush as Baileys' own buffer hands it over. */
async function buffered(events: Partial<BaileysEventMap>): Promise<Partial<BaileysEventMap>[]> {
  const ev = makeEventBuffer(silentLogger);
  const flushes: Partial<BaileysEventMap>[] = [];
  ev.process((flush) => void flushes.push(flush));
  ev.buffer();
  for (const [name, arg] of Object.entries(events)) {
    ev.emit(name as keyof BaileysEventMap, arg);
  }
  ev.flush();
  return flushes;
}

const message = (key: object): BaileysEventMap["messages.upsert"] => ({
  messages: [
    {
      key: { id: "A", fromMe: false, ...key },
      messageTimestamp: NOW_SECONDS,
      message: { conversation: "x" },
    },
  ],
  type: "notify",
});

const group = { id: GROUP, subject: "", owner: undefined, participants: [] };
const teaching: readonly [string, Partial<BaileysEventMap>][] = [
  ["lid-mapping.update", { "lid-mapping.update": { lid: LID, pn: PN } }],
  [
    "a direct message",
    { "messages.upsert": message({ remoteJid: "1001:3@lid", remoteJidAlt: PN }) },
  ],
  [
    "a direct message by number",
    { "messages.upsert": message({ remoteJid: PN, remoteJidAlt: LID }) },
  ],
  [
    "a direct message as Baileys leaves it, with a participant that is empty",
    {
      "messages.upsert": message({
        remoteJid: PN,
        remoteJidAlt: LID,
        participant: "",
        participantAlt: "",
      }),
    },
  ],
  [
    "a message in a group",
    {
      "messages.upsert": message({ remoteJid: GROUP, participant: LID, participantAlt: PN }),
    },
  ],
  [
    "a status, which names its author in two places",
    {
      "messages.upsert": message({
        remoteJid: "status@broadcast",
        participant: LID,
        remoteJidAlt: PN,
      }),
    },
  ],
  ["a contact", { "contacts.upsert": [{ id: LID, phoneNumber: PN }] }],
  ["a changed contact", { "contacts.update": [{ id: PN, lid: LID }] }],
  ["a chat", { "chats.update": [{ id: LID, pnJid: PN }] }],
  ["a new chat", { "chats.upsert": [{ id: PN, lidJid: LID }] }],
  [
    "the members of a group",
    { "groups.upsert": [{ ...group, participants: [{ id: LID, phoneNumber: PN }] }] },
  ],
  ["the owner of a group", { "groups.update": [{ id: GROUP, owner: LID, ownerPn: PN }] }],
  [
    "somebody added to a group",
    {
      "group-participants.update": {
        id: GROUP,
        author: "1002@lid",
        participants: [{ id: LID, phoneNumber: PN }],
        action: "add",
      },
    },
  ],
  [
    "whoever added somebody",
    {
      "group-participants.update": {
        id: GROUP,
        author: LID,
        authorPn: PN,
        participants: [],
        action: "add",
      },
    },
  ],
  [
    "a request to join",
    {
      "group.join-request": {
        id: GROUP,
        author: "1002@lid",
        participant: LID,
        participantPn: PN,
        action: "created",
        method: undefined,
      },
    },
  ],
  [
    "a member's tag",
    {
      "group.member-tag.update": {
        groupId: GROUP,
        participant: LID,
        participantAlt: PN,
        label: "x",
      },
    },
  ],
  [
    "a call",
    {
      call: [
        {
          chatId: LID,
          from: LID,
          callerPn: PN,
          id: "C",
          date: new Date(NOW_MS),
          status: "offer",
          offline: false,
        },
      ],
    },
  ],
  [
    "chats of the history",
    { "messaging-history.set": { chats: [{ id: LID, pnJid: PN }], contacts: [], messages: [] } },
  ],
  [
    "contacts of the history",
    { "messaging-history.set": { chats: [], contacts: [{ id: PN, lid: LID }], messages: [] } },
  ],
  [
    "messages of the history",
    {
      "messaging-history.set": {
        chats: [],
        contacts: [],
        messages: message({ remoteJid: LID, remoteJidAlt: PN }).messages,
      },
    },
  ],
  [
    "who got our messages of the history",
    {
      "messaging-history.set": {
        chats: [],
        contacts: [],
        messages: message({ remoteJid: LID, fromMe: true }).messages.map((one) => ({
          ...one,
          userReceipt: [{ userJid: PN }],
        })),
      },
    },
  ],
];

describe("a pair is learned", () => {
  test.each(teaching)("from %s", async (_what, events) => {
    const { ids, errors } = open();
    for (const flush of await buffered(events)) ids.ingest(flush);
    expect([ids.lidOf(PN), ids.pnOf(LID)]).toEqual([LID, PN]);
    expect(errors).toEqual([]);
  });

  test("from the pairs of a history chunk, where the buffer has not dropped them", () => {
    const { ids } = open();
    const lidPnMappings = [{ lid: LID, pn: PN }];
    ids.ingest({
      "messaging-history.set": { chats: [], contacts: [], messages: [], lidPnMappings },
    });
    expect(ids.lidOf(PN)).toBe(LID);
  });

  test("from what Baileys makes of a member added to a group", async () => {
    const { ids } = open();
    const { ev, upsert } = realEvents();
    ev.process((flush) => ids.ingest(flush));
    await upsert({
      key: { remoteJid: GROUP, id: "S", fromMe: false, participant: "1002@lid" },
      messageTimestamp: NOW_SECONDS,
      messageStubType: proto.WebMessageInfo.StubType.GROUP_PARTICIPANT_ADD,
      messageStubParameters: [JSON.stringify({ id: LID, phoneNumber: PN, admin: null })],
    });
    expect(ids.lidOf(PN)).toBe(LID);
  });
});

describe("our own messages", () => {
  // Baileys decode-wa-message.js: from another own device, the "other form" of the chat is that of the sender.
  const ownElsewhere = message({
    remoteJid: LID,
    fromMe: true,
    remoteJidAlt: "4910@s.whatsapp.net",
  });

  test("never tie our number to the person written to", () => {
    const { ids } = open();
    ids.ingest({ "messages.upsert": ownElsewhere });
    expect(ids.pnOf(LID)).toBeUndefined();
    expect(ids.lidOf(ME.id)).toBe("777@lid");
  });

  test("teach nothing before we know who we are", () => {
    const { ids } = open({ id: "", lid: "" });
    ids.ingest({ "messages.upsert": ownElsewhere });
    expect([...ids.facts()]).toEqual([]);
  });
});

describe("a flush", () => {
  test("that is damaged teaches what can be read of it, and never throws", () => {
    const junk = fc.anything({ maxDepth: 3, withNullPrototype: true });
    const names = [
      "creds.update",
      "lid-mapping.update",
      "messaging-history.set",
      "messages.upsert",
      "chats.update",
      "contacts.upsert",
      "groups.update",
      "group-participants.update",
      "group.join-request",
      "call",
    ];
    fc.assert(
      fc.property(fc.constantFrom(...names), junk, junk, (name, value, element) => {
        const { ids } = open();
        for (const arg of [value, [element], { messages: [element], chats: [element] }]) {
          ids.ingest({ [name]: arg });
        }
        expect(ids.lidOf(ME.id)).toBe("777@lid");
      }),
      { numRuns: 100 },
    );
  });

  test("reports what it could not read, and goes on with the rest", () => {
    const { ids, errors } = open();
    ids.ingest({ "contacts.upsert": [null as never, { id: LID, phoneNumber: PN }] });
    expect(errors).toEqual(["STORE_KIT_EVENT_UNREADABLE"]);
    expect(ids.lidOf(PN)).toBe(LID);
  });

  test("is not broken by a listener that throws", () => {
    const { ids, errors } = open();
    ids.entity(PN);
    ids.onChange(() => {
      throw new Error("a listener");
    });
    ids.ingest({ "contacts.upsert": [{ id: LID, phoneNumber: PN }] });
    expect(errors).toHaveLength(1);
    expect(ids.lidOf(PN)).toBe(LID);
  });
});
