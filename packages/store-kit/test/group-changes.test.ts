import type { GroupMetadata } from "@whiskeysockets/baileys";
import { ManualClock } from "@motte/core/manual-clock";
import { openSqlite } from "@motte/core/sqlite";
import { describe, expect, test } from "vitest";
import {
  type Table,
  type TableShape,
  type Tables,
  createIdentities,
  groupMetadataCache,
  hours,
  memoryTables,
  openTables,
} from "@motte/store-kit";
import { GROUP, member, metadata } from "./support/groups.ts";
import { NOW_MS, change, holding, idsOf, open, refusal } from "./support/open-groups.ts";

const members = (count: number, from = 1): ReturnType<typeof member>[] =>
  Array.from({ length: count }, (_, n) => member(from + n));

/** Tables that say how often a row was written. */
function countingTables(): Tables & { readonly writes: () => number } {
  const tables = memoryTables();
  let writes = 0;
  return {
    atomically: (work) => tables.atomically(work),
    table: <Row>(shape: TableShape<Row>): Table<Row> => {
      const table = tables.table(shape);
      const set = table.set.bind(table);
      return Object.assign(table, {
        set: (key: string, row: Row) => {
          writes += 1;
          set(key, row);
        },
      });
    },
    writes: () => writes,
  };
}

describe("a large group", () => {
  test("that hundreds join asks who is who once for each of them, not once for each member", () => {
    const ids = createIdentities({});
    let asked = 0;
    const counted = {
      lidOf: (jid: string) => (asked++, ids.lidOf(jid)),
      pnOf: (jid: string) => (asked++, ids.pnOf(jid)),
      same: (a: string, b: string) => (asked++, ids.same(a, b)),
      isMe: (jid: string) => ids.isMe(jid),
      ingest: () => {},
    };
    const groups = groupMetadataCache({ identities: counted });
    groups.ingest({ "groups.upsert": [metadata(members(700))] });
    groups.ingest(change("add", ...members(300, 701)));
    expect(idsOf(groups.peek(GROUP))).toEqual(members(1000).map(({ id }) => id));
    expect(asked).toBeLessThanOrEqual(300 * 4);
  });

  test("keeps its order where somebody joins again, and knows them by every form they joined with", async () => {
    const { groups } = await holding(3);
    groups.ingest(change("add", member(2), { ...member(4), lid: "44@lid" }));
    groups.ingest(change("promote", { id: "44@lid" }));
    expect(groups.peek(GROUP)?.participants.map(({ id, admin }) => [id, admin])).toEqual([
      ["1@lid", null],
      ["3@lid", null],
      ["2@lid", null],
      ["4@lid", "admin"],
    ]);
    groups.ingest(change("remove", { id: "44@lid" }, member(1)));
    expect(idsOf(groups.peek(GROUP))).toEqual(["3@lid", "2@lid"]);
    expect(groups.peek(GROUP)?.size).toBe(2);
  });

  test("of whom one leaves twice in one event is asked for", async () => {
    const { groups } = await holding(3);
    groups.ingest(change("remove", member(1), member(1)));
    expect(groups.peek(GROUP)).toBeUndefined();
  });
});

describe("a connection that opens after a long break", () => {
  test("writes no group again, and none is believed before it was asked for", async () => {
    const tables = countingTables();
    const { groups, clock, fetched } = open(async () => metadata(members(1)), { tables });
    groups.ingest({ "groups.upsert": [metadata(members(2))] });
    const before = tables.writes();
    groups.ingest({ "connection.update": { connection: "close" } });
    await clock.advance(61_000);
    groups.ingest({ "connection.update": { connection: "open" } });
    expect(tables.writes()).toBe(before);
    // A change of a group that is to be confirmed confirms nothing.
    groups.ingest(change("add", member(3)));
    expect(fetched).toEqual([]);
    expect(idsOf(await groups.cachedGroupMetadata(GROUP))).toEqual(["1@lid"]);
    expect(fetched).toEqual([GROUP]);
    // From here on it is current again.
    groups.ingest(change("add", member(4)));
    expect(idsOf(await groups.cachedGroupMetadata(GROUP))).toEqual(["1@lid", "4@lid"]);
    expect(fetched).toEqual([GROUP]);
  });
});

describe("what is told of a group while it is being asked for", () => {
  test.each([
    ["how long messages live", { "chats.update": [{ id: GROUP, ephemeralExpiration: 60 }] }],
    ["its subject", { "groups.update": [{ id: GROUP, subject: "new" }] }],
  ])("holds against an answer from before: %s", async (_what, events) => {
    const answers: ((group: GroupMetadata) => void)[] = [];
    const { groups, clock } = open(() => new Promise((resolve) => answers.push(resolve)));
    const asked = groups.cachedGroupMetadata(GROUP);
    await clock.advance(0);
    groups.ingest(events);
    answers[0]?.(metadata(members(1)));
    await clock.advance(1000);
    answers[1]?.(metadata(members(1), { subject: "new", ephemeralDuration: 60 }));
    const now = { subject: "new", ephemeralDuration: 60 };
    expect(await asked).toMatchObject(now);
    expect(groups.peek(GROUP)).toMatchObject(now);
  });
});

describe("an answer that was overtaken", () => {
  test("is not kept to be told of changes either: somebody who was removed would be back", async () => {
    const answers: ((group: GroupMetadata) => void)[] = [];
    const { groups, clock } = open(() => new Promise((resolve) => answers.push(resolve)));
    const asked = groups.cachedGroupMetadata(GROUP);
    await clock.advance(0);
    groups.ingest(change("remove", member(2)));
    answers[0]?.(metadata(members(2)));
    await clock.advance(0);
    groups.ingest(change("add", member(3)));
    expect(groups.peek(GROUP)).toBeUndefined();
    await clock.advance(1000);
    answers[1]?.(metadata([member(1), member(3)]));
    await clock.advance(1000);
    answers[2]?.(metadata([member(1), member(3)]));
    expect(idsOf(await asked)).toEqual(["1@lid", "3@lid"]);
  });

  test("that there is no such group does not take a group away that was told of meanwhile", async () => {
    const answers: ((error: Error) => void)[] = [];
    const { groups, clock, fetched } = open(
      () => new Promise((_resolve, reject) => answers.push(reject)),
    );
    const asked = groups.cachedGroupMetadata(GROUP);
    await clock.advance(0);
    groups.ingest({ "groups.upsert": [metadata(members(2))] });
    answers[0]?.(refusal(404));
    expect(idsOf(await asked)).toEqual(["1@lid", "2@lid"]);
    groups.ingest(change("add", member(3)));
    expect(idsOf(groups.peek(GROUP))).toEqual(["1@lid", "2@lid", "3@lid"]);
    expect(fetched).toEqual([GROUP]);
  });
});

test("a group from before a restart serves no longer than it would have without one", async () => {
  const database = await openSqlite(":memory:");
  const clock = new ManualClock(NOW_MS);
  const start = async (): Promise<ReturnType<typeof open>["groups"]> => {
    const tables = await openTables({ database, account: "bot" });
    return open(async () => Promise.reject(new Error("no network")), { tables, clock }).groups;
  };
  (await start()).ingest({ "groups.upsert": [metadata(members(2))] });
  await clock.advance(hours(23));
  expect((await (await start()).cachedGroupMetadata(GROUP))?.id).toBe(GROUP);
  await clock.advance(hours(2));
  expect(await (await start()).cachedGroupMetadata(GROUP)).toBeUndefined();
  database.close();
});
