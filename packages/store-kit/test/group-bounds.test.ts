import * as fc from "fast-check";
import { openSqlite } from "@motte/core/sqlite";
import { describe, expect, test } from "vitest";
import { openTables } from "@motte/store-kit";
import { GROUP, member, metadata } from "./support/groups.ts";
import { change, open, refusal } from "./support/open-groups.ts";

const members = (count: number): ReturnType<typeof member>[] =>
  Array.from({ length: count }, (_, n) => member(n + 1));

describe("the room that groups take", () => {
  test("is bounded, and the newest group is there unless it is too large by itself", async () => {
    const told = fc.record({ n: fc.nat(9), size: fc.integer({ min: 1, max: 60 }) });
    const maxBytes = 40_000;
    await fc.assert(
      fc.asyncProperty(fc.array(told, { maxLength: 30 }), async (groupsTold) => {
        const database = await openSqlite(":memory:");
        const tables = await openTables({ database, account: "bot" });
        const { groups } = open(async () => Promise.reject(new Error("no network")), {
          tables,
          maxBytes,
          maxGroups: 4,
        });
        const kept = (): number =>
          Number(database.prepare("SELECT count(*) AS n FROM group_metadata").get()?.["n"]);
        const wrong: string[] = [];
        for (const { n, size } of groupsTold) {
          groups.ingest({ "groups.upsert": [metadata(members(size), { id: `${n}@g.us` })] });
          const isServed = groups.peek(`${n}@g.us`)?.participants.length === size;
          // A member takes more than 160 bytes, and less than 200.
          if (size <= 18 && !isServed) wrong.push(`${size} members are not kept`);
          if (size >= 30 && isServed) wrong.push(`${size} members are kept`);
          if (groups.stats().bytes > maxBytes) wrong.push("too many bytes");
          if (kept() > 4 || groups.stats().size > 4) wrong.push("too many groups");
          if (groups.stats().size !== kept()) wrong.push("rows and cache differ");
        }
        expect(wrong).toEqual([]);
        groups.invalidate();
        expect([groups.stats().bytes, kept()]).toEqual([0, 0]);
        database.close();
      }),
      { numRuns: 30 },
    );
  });

  test("counts those from before a restart", async () => {
    const database = await openSqlite(":memory:");
    const openWith = async (maxGroups: number): Promise<ReturnType<typeof open>> =>
      open(async () => Promise.reject(new Error("no network")), {
        tables: await openTables({ database, account: "bot" }),
        maxGroups,
      });
    const before = await openWith(10);
    for (let n = 0; n < 8; n++) {
      await before.clock.advance(1000);
      before.groups.ingest({ "groups.upsert": [metadata(members(2), { id: `${n}@g.us` })] });
    }
    const { groups } = await openWith(3);
    expect(groups.stats().size).toBe(3);
    const rows = database.prepare("SELECT key FROM group_metadata ORDER BY key").all();
    expect(rows.map(({ key }) => key)).toEqual(["5@g.us", "6@g.us", "7@g.us"]);
    database.close();
  });
});

describe("many groups asked for ahead", () => {
  const jids = Array.from({ length: 12 }, (_, n) => `${n}@g.us`);

  test("come at the rate of all questions, each once, those known already not at all", async () => {
    const { groups, clock, fetched } = open(async (id) => metadata(members(2), { id }));
    groups.ingest({ "groups.upsert": [metadata(members(1), { id: "3@g.us" })] });
    const report = groups.prefetch([...jids, "0@g.us"]);
    await clock.advance(399);
    expect(fetched).toHaveLength(1);
    await clock.advance(400 * 10);
    expect(await report).toEqual({ loaded: 11, failed: 0, left: 0 });
    expect(fetched).toEqual(jids.filter((jid) => jid !== "3@g.us"));
    await groups.prefetch(jids);
    expect(fetched).toHaveLength(11);
  });

  test("let a send that needs one meanwhile pass after two of them at most", async () => {
    const { groups, clock, fetched } = open(async (id) => metadata(members(2), { id }));
    const report = groups.prefetch(jids);
    await clock.advance(1000);
    const asked = groups.cachedGroupMetadata(GROUP);
    await clock.advance(10_000);
    expect((await asked)?.id).toBe(GROUP);
    expect(fetched.indexOf(GROUP)).toBeLessThanOrEqual(5);
    expect(await report).toMatchObject({ loaded: 12 });
  });

  test("end when the server asks for fewer questions, when told to, and tell what failed", async () => {
    let fail: Error | undefined;
    const { groups, clock, fetched, errors } = open(async (id) => {
      if (fail !== undefined && id === "5@g.us") throw fail;
      return metadata(members(2), { id });
    });
    fail = refusal(404);
    const all = groups.prefetch(jids.slice(0, 6));
    await clock.advance(60_000);
    expect(await all).toEqual({ loaded: 5, failed: 1, left: 0 });

    await clock.advance(3_600_000);
    groups.invalidate();
    fetched.length = 0;
    fail = refusal(429);
    const refused = groups.prefetch(jids);
    await clock.advance(60_000);
    expect(await refused).toMatchObject({ failed: 1 });
    expect(fetched.length).toBeLessThanOrEqual(7);
    expect(errors.length).toBeGreaterThan(0);

    const signal = AbortSignal.abort();
    expect(await groups.prefetch(["20@g.us"], { signal })).toEqual({
      loaded: 0,
      failed: 0,
      left: 1,
    });
  });

  test("of which we leave one meanwhile: it is not asked for again", async () => {
    const { groups, ids, clock, fetched } = open(async (id) => {
      groups.ingest(change("remove", { id: "9999@lid" }));
      groups.ingest(change("remove", { id: [...ids.facts()][0]?.lid ?? "" }));
      return metadata(members(2), { id });
    });
    const asked = groups.cachedGroupMetadata(GROUP);
    await clock.advance(10_000);
    expect(await asked).toBeUndefined();
    expect(fetched).toEqual([GROUP]);
  });
});

const ack = (
  phash: string | undefined,
  from = GROUP,
): { readonly tag: string; readonly attrs: Record<string, string> } => ({
  tag: "ack",
  attrs: { class: "message", from, ...(phash !== undefined && { phash }) },
});

describe("an answer to a send", () => {
  test("that names other devices than the one before drops the group, and tells whose", async () => {
    const { groups } = open(async () => metadata(members(2)));
    await groups.cachedGroupMetadata(GROUP);
    const heed = (node: ReturnType<typeof ack>): readonly string[] => groups.heedAck(node);
    const quiet = [
      ack(undefined),
      ack("2:aa"),
      ack("2:aa"),
      ack("2:bb", "1@s.whatsapp.net"),
      ack("2:cc", "1@s.whatsapp.net"),
      { tag: "receipt", attrs: ack("2:bb").attrs },
      { tag: "ack", attrs: { ...ack("2:bb").attrs, class: "receipt" } },
    ];
    expect(quiet.flatMap(heed)).toEqual([]);
    expect(groups.peek(GROUP)).toBeDefined();
    expect(heed(ack("2:bb"))).toEqual(["1", "2"]);
    expect(groups.peek(GROUP)).toBeUndefined();
    expect(heed(ack("2:bb"))).toEqual([]);
  });
});
