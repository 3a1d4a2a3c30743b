import * as fc from "fast-check";
import { type GroupMetadata, proto } from "@whiskeysockets/baileys";
import { extractGroupMetadata } from "@whiskeysockets/baileys/lib/Socket/groups.js";
import { describe, expect, test } from "vitest";
import { hours, minutes } from "@motte/store-kit";
import { realEvents } from "./support/baileys-events.ts";
import { GROUP, member, metadata } from "./support/groups.ts";
import {
  NOW_MS,
  NOW_SECONDS,
  change,
  holding,
  idsOf,
  open,
  refusal,
} from "./support/open-groups.ts";
import { tablesKinds } from "./support/tables.ts";

describe("a group", () => {
  test("is asked for once, however many sends need it", async () => {
    const { groups, fetched } = open(async () => metadata([member(1), member(2)]));
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => groups.cachedGroupMetadata(GROUP)),
    );
    for (let n = 0; n < 1000; n++) answers.push(await groups.cachedGroupMetadata(GROUP));
    expect(fetched).toEqual([GROUP]);
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toEqual(metadata([member(1), member(2)]));
  });

  test("is handed out untouched, and nobody can change what the next one gets", async () => {
    const original = metadata([member(1)], { ephemeralDuration: 86_400 });
    const { groups } = open(async () => original);
    const given = await groups.cachedGroupMetadata(GROUP);
    expect(given).toEqual(original);
    original.participants.push(member(2));
    expect(() => given?.participants.push(member(3))).toThrow(TypeError);
    expect(groups.peek(GROUP)?.participants).toEqual([member(1)]);
  });

  test.each([
    ["no members", metadata([])],
    ["members of two kinds", metadata([member(1), { id: "492@s.whatsapp.net" }])],
    ["members of the other kind", metadata([{ id: "491@s.whatsapp.net" }])],
    ["no addressing mode", metadata([member(1)], { addressingMode: "" as never })],
  ])("with %s is never handed out", async (_what, unusable) => {
    const { groups } = open(async () => unusable);
    expect(await groups.cachedGroupMetadata(GROUP)).toBeUndefined();
    groups.ingest({ "groups.upsert": [unusable] });
    expect(groups.peek(GROUP)).toBeUndefined();
  });

  test("is asked for again after its time, and the old one serves when that fails", async () => {
    let fail = false;
    const { groups, clock, fetched, errors } = open(async () => {
      if (fail) throw new Error("no answer");
      return metadata([member(fetched.length)]);
    });
    await groups.cachedGroupMetadata(GROUP);
    await clock.advance(hours(2));
    expect(idsOf(await groups.cachedGroupMetadata(GROUP))).toEqual(["2@lid"]);
    await clock.advance(hours(2));
    fail = true;
    expect(idsOf(await groups.cachedGroupMetadata(GROUP))).toEqual(["2@lid"]);
    await clock.advance(hours(24));
    expect(await groups.cachedGroupMetadata(GROUP)).toBeUndefined();
    expect(errors.length).toBeGreaterThan(0);
  });

  test("also answers its members' numbers, as far as they are known", async () => {
    const { groups, ids } = open(async () =>
      metadata([member(1), { id: "2@lid" }, { id: "3@lid" }]),
    );
    await groups.cachedGroupMetadata(GROUP);
    ids.learn({ lid: "2@lid", pn: "492@s.whatsapp.net", atMs: NOW_MS, source: "stanza" });
    expect(groups.participantsAsPn(GROUP)).toEqual(["491@s.whatsapp.net", "492@s.whatsapp.net"]);
    expect(ids.lidOf("491@s.whatsapp.net")).toBe("1@lid");
  });
});

describe("members", () => {
  test("who join are there, once", async () => {
    const { groups, fetched } = await holding(2);
    groups.ingest(change("add", member(3), member(2)));
    expect(idsOf(await groups.cachedGroupMetadata(GROUP))).toEqual(["1@lid", "3@lid", "2@lid"]);
    expect(groups.peek(GROUP)?.size).toBe(3);
    expect(fetched).toEqual([]);
  });

  test.each([
    ["LID", { id: "2@lid" }],
    ["number", { id: "492@s.whatsapp.net" }],
    ["device of a number", { id: "x", phoneNumber: "492:4@c.us" }],
    ["LID beside it", { id: "", lid: "2:1@hosted.lid" }],
  ])("who leave by their %s are gone", async (_what, participant) => {
    const { groups, fetched } = await holding(3);
    groups.ingest(change("remove", participant));
    expect(idsOf(groups.peek(GROUP))).toEqual(["1@lid", "3@lid"]);
    expect(idsOf(await groups.cachedGroupMetadata(GROUP))).toEqual(["1@lid", "3@lid"]);
    expect(fetched).toEqual([]);
  });

  test("who leave by a number that only the identities know are gone", async () => {
    const { groups, ids } = open(async () => metadata([{ id: "1@lid" }, { id: "2@lid" }]));
    await groups.cachedGroupMetadata(GROUP);
    ids.learn({ lid: "2@lid", pn: "492@s.whatsapp.net", atMs: NOW_MS, source: "stanza" });
    groups.ingest(change("remove", { id: "492@s.whatsapp.net" }));
    expect(idsOf(groups.peek(GROUP))).toEqual(["1@lid"]);
  });

  test("who leave under a name that nobody knows take the group with them until it is asked for", async () => {
    const { groups, truth, fetched } = await holding(3);
    truth.act("remove", member(2));
    groups.ingest(change("remove", { id: "4999@s.whatsapp.net" }));
    expect(groups.peek(GROUP)).toBeUndefined();
    expect(idsOf(await groups.cachedGroupMetadata(GROUP))).toEqual(["1@lid", "3@lid"]);
    expect(fetched).toEqual([GROUP]);
  });

  test.each([
    ["somebody who joins under the other form", change("add", { id: "495@s.whatsapp.net" })],
    ["a changed number", change("modify", member(1))],
    ["an action of a later Baileys", change("merge" as "add", member(1))],
    ["participants that are no objects", change("remove", [null] as never)],
    ["the promotion of a stranger", change("promote", member(9))],
  ])("are asked for after %s", async (_what, events) => {
    const { groups, fetched } = await holding(2);
    groups.ingest(events);
    expect(groups.peek(GROUP)).toBeUndefined();
    await groups.cachedGroupMetadata(GROUP);
    expect(fetched).toEqual([GROUP]);
  });

  test("become admins and stop being it", async () => {
    const { groups } = await holding(2);
    groups.ingest(change("promote", { id: "491@s.whatsapp.net" }));
    expect(groups.peek(GROUP)?.participants[0]?.admin).toBe("admin");
    groups.ingest(change("demote", member(1)));
    expect(groups.peek(GROUP)?.participants[0]?.admin).toBeNull();
  });

  test("may be named by JIDs alone, as before version 7", async () => {
    const { groups } = await holding(2);
    groups.ingest(change("remove", "2@lid" as never));
    expect(idsOf(groups.peek(GROUP))).toEqual(["1@lid"]);
  });

  test("are told by Baileys itself, a changed number only by the message about it", async () => {
    const { groups } = await holding(3);
    const { ev, upsert } = realEvents();
    ev.process((flush) => groups.ingest(flush));
    const notice = {
      key: { remoteJid: GROUP, id: "N", fromMe: false, participant: "9@lid" },
      messageTimestamp: NOW_SECONDS,
    };
    const types = proto.WebMessageInfo.StubType;
    await upsert({
      ...notice,
      messageStubType: types.GROUP_PARTICIPANT_REMOVE,
      messageStubParameters: [JSON.stringify(member(2))],
    });
    expect(idsOf(groups.peek(GROUP))).toEqual(["1@lid", "3@lid"]);
    // Baileys parses the JID as JSON, which throws before it emits anything of the change.
    const changed = upsert({
      ...notice,
      messageStubType: types.GROUP_PARTICIPANT_CHANGE_NUMBER,
      messageStubParameters: ["491@s.whatsapp.net"],
    });
    await expect(changed).rejects.toBeInstanceOf(SyntaxError);
    expect(groups.peek(GROUP)).toBeUndefined();
  });
});

describe("we ourselves", () => {
  const us = { id: "777@lid", phoneNumber: "4910@s.whatsapp.net" };

  test("once removed do not ask for the group again, until we are back", async () => {
    const { groups, fetched } = await holding(2);
    groups.ingest(change("remove", us));
    expect(groups.peek(GROUP)).toBeUndefined();
    expect(await groups.cachedGroupMetadata(GROUP)).toBeUndefined();
    expect(fetched).toEqual([]);
    groups.ingest(change("add", us));
    expect(idsOf(await groups.cachedGroupMetadata(GROUP))).toEqual(["1@lid", "2@lid"]);
  });

  test("are back with a new group of that id", async () => {
    const { groups, truth } = await holding(2);
    groups.ingest(change("remove", { id: "4910:3@s.whatsapp.net" }));
    groups.ingest({ "groups.upsert": [truth.snapshot()] });
    expect(idsOf(groups.peek(GROUP))).toEqual(["1@lid", "2@lid"]);
  });
});

describe("what is said of a group besides its members", () => {
  test("holds at once, and is confirmed before the next send: Baileys keeps only the first of several", async () => {
    const { groups, clock, fetched } = await holding(1);
    groups.ingest({ "groups.update": [{ id: GROUP, subject: "new", author: "9@lid" }] });
    groups.fetchWith(undefined);
    const given = await groups.cachedGroupMetadata(GROUP);
    expect(given).toMatchObject({ subject: "new", participants: [{ id: "1@lid" }] });
    expect(given).not.toHaveProperty("author");
    groups.fetchWith(async () => metadata([member(1)], { subject: "newest" }));
    const asked = groups.cachedGroupMetadata(GROUP);
    await clock.advance(1000);
    expect((await asked)?.subject).toBe("newest");
    expect(fetched).toEqual([]);
  });

  test("includes how long messages live, which Baileys tells of the chat", async () => {
    const { groups, fetched } = await holding(1);
    groups.ingest({ "chats.update": [{ id: GROUP, ephemeralExpiration: 604_800 }] });
    expect((await groups.cachedGroupMetadata(GROUP))?.ephemeralDuration).toBe(604_800);
    groups.ingest({ "chats.update": [{ id: GROUP, ephemeralExpiration: null }] });
    expect(await groups.cachedGroupMetadata(GROUP)).not.toHaveProperty("ephemeralDuration");
    expect(fetched).toEqual([]);
  });

  test("does not make a group known that is not", () => {
    const { groups } = open(async () => metadata([member(1)]));
    groups.ingest({
      "groups.update": [{ id: GROUP, subject: "new" }],
      ...change("add", member(1)),
    });
    groups.ingest({ "chats.update": [{ id: GROUP, ephemeralExpiration: 1 }] });
    expect(groups.peek(GROUP)).toBeUndefined();
  });
});

describe("the server", () => {
  test("that refuses is asked less and less often, and sends go on with what is known", async () => {
    const asked: number[] = [];
    const { groups, clock } = open(async () => {
      asked.push(clock.monotonic());
      throw refusal(429);
    });
    groups.ingest({ "groups.upsert": [metadata([member(1)])] });
    await clock.advance(hours(2));
    const answers: (GroupMetadata | undefined)[] = [];
    for (let second = 0; second < 600; second++) {
      void groups.cachedGroupMetadata(GROUP).then((answer) => answers.push(answer));
      await clock.advance(1000);
    }
    expect(answers).toHaveLength(600);
    expect(answers.every((answer) => answer?.participants.length === 1)).toBe(true);
    const gaps = asked.slice(1).map((at, index) => at - (asked[index] ?? 0));
    expect(gaps.length).toBeGreaterThan(2);
    expect(gaps.length).toBeLessThan(12);
    expect(gaps).toEqual(gaps.toSorted((a, b) => a - b));
  });

  test.each([
    ["refuses a stranger", refusal(403)],
    ["knows no such group", refusal(404, extractGroupMetadata)],
  ])("that %s is not asked again for ten minutes", async (_what, error) => {
    const { groups, clock, fetched, errors } = open(() => Promise.reject(error));
    expect(await groups.cachedGroupMetadata(GROUP)).toBeUndefined();
    expect(await groups.cachedGroupMetadata(GROUP)).toBeUndefined();
    expect(fetched).toHaveLength(1);
    await clock.advance(minutes(11));
    await groups.cachedGroupMetadata(GROUP);
    expect(fetched).toHaveLength(2);
    expect(errors).toEqual([]);
  });

  test("that does not answer does not hold a send for ever", async () => {
    const { groups, clock, errors } = open(() => new Promise(() => {}));
    const asked = groups.cachedGroupMetadata(GROUP);
    await clock.advance(minutes(1));
    expect(await asked).toBeUndefined();
    expect(errors).toHaveLength(1);
  });

  test("is asked after a long break and not after a short one", async () => {
    const { groups, clock, fetched } = await holding(1);
    const again = async (awayMs: number): Promise<void> => {
      groups.ingest({ "connection.update": { connection: "close" } });
      await clock.advance(awayMs);
      groups.ingest({ "connection.update": { connection: "open" } });
      const asked = groups.cachedGroupMetadata(GROUP);
      await clock.advance(1000);
      await asked;
    };
    await again(61_000);
    expect(fetched).toHaveLength(1);
    await again(30_000);
    expect(fetched).toHaveLength(1);
  });
});

describe("events", () => {
  test("that are damaged never throw", () => {
    const junk = fc.anything({ maxDepth: 3, withNullPrototype: true });
    const name = fc.constantFrom(
      "groups.upsert",
      "groups.update",
      "group-participants.update",
      "chats.update",
      "messages.upsert",
      "connection.update",
    );
    fc.assert(
      fc.property(name, junk, junk, (event, value, element) => {
        const { groups } = open(async () => metadata([member(1)]));
        groups.ingest({ "groups.upsert": [metadata([member(1)])] });
        const list = [element, { id: GROUP, participants: [element], addressingMode: "lid" }];
        for (const arg of [value, list, { id: GROUP, action: "add", participants: value }]) {
          groups.ingest({ [event]: arg });
        }
        const ids = idsOf(groups.peek(GROUP)) ?? ["1@lid"];
        expect(ids.every((id) => id.endsWith("@lid"))).toBe(true);
      }),
      { numRuns: 150 },
    );
  });
});

describe.each(tablesKinds)("groups in $name", ({ open: openTables }) => {
  test("serve after a restart only when confirmed, or when the server cannot be asked", async () => {
    const tables = await openTables();
    let made = 0;
    // One store per table and process: a restart is a second set of tables over the first one's rows.
    const shared = {
      atomically: tables.atomically.bind(tables),
      table: (shape: never) => (made++ === 0 ? (kept = tables.table(shape)) : kept) as never,
    };
    let kept: unknown;
    const before = open(async () => metadata([member(1), member(2)]), { tables: shared });
    await before.groups.cachedGroupMetadata(GROUP);
    before.groups.ingest(change("remove", member(2)));

    const after = open(async () => metadata([member(3)]), { tables: shared });
    expect(after.groups.peek(GROUP)).toBeUndefined();
    expect(idsOf(await after.groups.cachedGroupMetadata(GROUP))).toEqual(["3@lid"]);

    const offline = open(() => Promise.reject(new Error("no network")), { tables: shared });
    expect(idsOf(await offline.groups.cachedGroupMetadata(GROUP))).toEqual(["3@lid"]);
  });

  test("are no more than they may be", async () => {
    const { groups } = open(async (id) => metadata([member(1)], { id }), {
      tables: await openTables(),
      maxGroups: 4,
    });
    for (let n = 0; n < 20; n++) {
      groups.ingest({ "groups.upsert": [metadata([member(1)], { id: `${n}@g.us` })] });
    }
    expect(groups.stats().size).toBeLessThanOrEqual(4);
    groups.invalidate();
    expect(groups.peek("19@g.us")).toBeUndefined();
  });
});
