import * as fc from "fast-check";
import {
  type BaileysEventMap,
  type SignalDataTypeMap,
  type SignalKeyStore,
  addTransactionCapability,
  makeEventBuffer,
  proto,
} from "@whiskeysockets/baileys";
import { LIDMappingStore } from "@whiskeysockets/baileys/lib/Signal/lid-mapping.js";
import { silentLogger } from "@motte/core/logger";
import { ManualClock } from "@motte/core/manual-clock";
import { describe, expect, test, vi } from "vitest";
import { type Identities, createIdentities } from "@motte/store-kit";
import { ME, realEvents } from "./support/baileys-events.ts";

// Laws are tried on many cases, and the machine may be busy with others.
vi.setConfig({ testTimeout: 60_000 });

const NOW_MS = Date.UTC(2026, 0, 10);
const NOW_SECONDS = NOW_MS / 1000;
const LID = "1001@lid";
const PN = "491@s.whatsapp.net";
const GROUP = "120363@g.us";

interface Opened {
  readonly ids: Identities;
  readonly clock: ManualClock;
  readonly errors: string[];
}

function open(me: { id: string; lid: string } | undefined = ME): Opened {
  const clock = new ManualClock(NOW_MS);
  const errors: string[] = [];
  const onError = (error: Error): void =>
    void errors.push("code" in error ? String(error.code) : error.message);
  return { ids: createIdentities({ clock, onError, ...(me && { me }) }), clock, errors };
}

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

/** The key store of Baileys' own in-memory kind, counting what is read. */
function authKeys(records: Record<string, string> = {}): {
  readonly keys: SignalKeyStore;
  readonly reads: string[][];
} {
  const stored = new Map(Object.entries(records));
  const reads: string[][] = [];
  const keys: SignalKeyStore = {
    get: async <T extends keyof SignalDataTypeMap>(_type: T, names: string[]) => {
      reads.push(names);
      const found: Record<string, SignalDataTypeMap[T]> = {};
      for (const name of names) {
        const value = stored.get(name);
        if (value !== undefined) found[name] = value as SignalDataTypeMap[T];
      }
      return found;
    },
    set: async (data) => {
      for (const [name, value] of Object.entries(data["lid-mapping"] ?? {})) {
        if (typeof value === "string") stored.set(name, value);
      }
    },
  };
  return { keys, reads };
}

function mappingStore(keys: SignalKeyStore): LIDMappingStore {
  const transactional = addTransactionCapability(keys, silentLogger, {
    maxCommitRetries: 1,
    delayBetweenTriesMs: 1,
  });
  return new LIDMappingStore(transactional, silentLogger);
}

describe("the auth state", () => {
  test("answers what no event told: what Baileys stored in it", async () => {
    const { keys } = authKeys();
    const baileys = mappingStore(keys);
    await baileys.storeLIDPNMappings([{ lid: LID, pn: PN }]);
    baileys.close();
    const { ids } = open();
    ids.lookUpIn({ keys });
    expect(await ids.resolve("1001:4@lid", { want: "pn" })).toBe(PN);
    expect(ids.lidOf(PN)).toBe(LID);
    expect(await ids.resolve(PN, { want: "pn" })).toBe(PN);
  });

  test("is not believed where its two directions disagree: a number that moved leaves its old LID behind", async () => {
    const { keys } = authKeys();
    const baileys = mappingStore(keys);
    await baileys.storeLIDPNMappings([{ lid: LID, pn: PN }]);
    await baileys.storeLIDPNMappings([{ lid: "2002@lid", pn: PN }]);
    expect(await baileys.getPNForLID(LID)).toBe("491:0@s.whatsapp.net");
    baileys.close();
    const { ids } = open();
    ids.lookUpIn({ keys });
    expect(await ids.resolve(LID, { want: "pn" })).toBeUndefined();
    expect(await ids.resolve(PN, { want: "lid" })).toBe("2002@lid");
  });

  test("never outweighs a dated word", async () => {
    const { keys } = authKeys({ "491": "1001", "1001_reverse": "491" });
    const { ids } = open();
    ids.learn({ lid: "2002@lid", pn: PN, atMs: 1, source: "receipt" });
    ids.lookUpIn({ keys });
    expect(await ids.resolve(LID, { want: "pn" })).toBeUndefined();
    expect(ids.lidOf(PN)).toBe("2002@lid");
  });

  test("is read once for many, once for several who ask together, and not again for ten minutes", async () => {
    const { keys, reads } = authKeys({ "491": "1001", "1001_reverse": "491" });
    const { ids, clock } = open();
    ids.lookUpIn({ keys });
    const jids = ["491@c.us", "492@s.whatsapp.net", "493@s.whatsapp.net"];
    const [one, other] = await Promise.all([
      ids.resolveMany(jids, { want: "lid" }),
      ids.resolveMany(jids, { want: "lid" }),
    ]);
    expect([...one]).toEqual([["491@c.us", LID]]);
    expect(other).toEqual(one);
    expect(reads).toEqual([["491", "492", "493"], ["1001_reverse"]]);
    await ids.resolveMany(jids, { want: "lid" });
    expect(reads).toHaveLength(2);
    await clock.advance(600_000);
    await ids.resolveMany(jids, { want: "lid" });
    expect(reads).toHaveLength(3);
  });

  test("that cannot be read rejects, and is asked again", async () => {
    const { ids } = open();
    const { keys } = authKeys({ "491": "1001", "1001_reverse": "491" });
    let fail = true;
    const flaky: SignalKeyStore["get"] = (...args) =>
      fail ? Promise.reject(new Error("disk")) : keys.get(...args);
    ids.lookUpIn({ keys: { get: flaky } });
    await expect(ids.resolve(PN, { want: "lid" })).rejects.toThrow("disk");
    fail = false;
    expect(await ids.resolve(PN, { want: "lid" })).toBe(LID);
  });

  test("is followed by a question to WhatsApp only when asked for", async () => {
    const asked: string[] = [];
    const lidMapping = {
      getLIDForPN: async (pn: string) => {
        asked.push(pn);
        return "1001@lid";
      },
    };
    const { ids } = open();
    ids.lookUpIn({ keys: authKeys().keys, lidMapping });
    expect(await ids.resolve(PN, { want: "lid" })).toBeUndefined();
    expect(asked).toEqual([]);
    expect(await ids.resolve(PN, { want: "lid", network: true })).toBe(LID);
    expect(asked).toEqual([PN]);
    expect(ids.history(PN)[0]?.source).toBe("usync");
  });

  test("agrees with us as long as nobody contradicts anybody", async () => {
    const users = fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(users, async (numbers) => {
        const { keys } = authKeys();
        const baileys = mappingStore(keys);
        const { ids } = open();
        for (const n of numbers) {
          const pair = { lid: `${n}@lid`, pn: `49${n}@s.whatsapp.net` };
          await baileys.storeLIDPNMappings([pair]);
          ids.ingest({ "lid-mapping.update": pair });
        }
        for (let n = 1; n <= 9; n++) {
          const theirs = await baileys.getPNForLID(`${n}@lid`);
          expect(ids.pnOf(`${n}@lid`)).toBe(theirs?.replace(":0@", "@"));
          const lid = await baileys.getLIDForPN(`49${n}@s.whatsapp.net`);
          expect(ids.lidOf(`49${n}@s.whatsapp.net`)).toBe(lid ?? undefined);
        }
        baileys.close();
      }),
      { numRuns: 25 },
    );
  });
});
