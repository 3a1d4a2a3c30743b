import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqlite } from "@motte/core/sqlite";
import type { proto } from "@whiskeysockets/baileys";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { days, hours, seconds } from "@motte/store-kit";
import { realEvents } from "./support/baileys-events.ts";
import {
  GROUP,
  NOW_MS,
  PN,
  editOf,
  message,
  ownKey,
  poll,
  revokeOf,
  textOf,
  theirKey,
} from "./support/messages.ts";
import { openStore } from "./support/open-store.ts";

const DAY_MS = 86_400_000;

function disappearing(text: string, expiration: number): proto.IMessage {
  return { extendedTextMessage: { text, contextInfo: { expiration } } };
}

test("a message is readable until the moment its life ends, whatever is swept when", async () => {
  const anyLife = fc.record({
    expiration: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
    ageSeconds: fc.integer({ min: 0, max: 3 }),
  });
  const step = fc.oneof(
    fc.record({ do: fc.constant("wait"), ms: fc.constantFrom(1, 499, 500, 999, 1000, 3000) }),
    fc.record({ do: fc.constant("sweep"), maxRows: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ do: fc.constant("deliver again") }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyLife, { minLength: 1, maxLength: 5 }),
      fc.array(step, { maxLength: 20 }),
      async (lives, steps) => {
        await using opened = await openStore({ retention: { maxAge: seconds(8) } });
        const { store, clock } = opened;
        const sent = lives.map(({ expiration, ageSeconds }, index) =>
          message(
            ownKey(`${index}`),
            expiration === undefined ? "stays" : disappearing("goes", expiration),
            NOW_MS - ageSeconds * 1000,
          ),
        );
        const endOf = (index: number): number => {
          const life = lives[index];
          return (
            NOW_MS - (life?.ageSeconds ?? 0) * 1000 + Math.min(life?.expiration ?? 8, 8) * 1000
          );
        };
        const deliver = (): void => sent.forEach((one) => store.recordSent(one));
        deliver();

        for (const one of steps) {
          if (one.do === "deliver again") deliver();
          else if ("ms" in one) await clock.advance(one.ms);
          const swept = "maxRows" in one ? store.sweep(one).deleted - one.maxRows : 0;
          expect(swept).toBeLessThanOrEqual(0);
          for (const index of lives.keys()) {
            const found = await store.getMessage(ownKey(`${index}`));
            expect(found !== undefined).toBe(clock.now() < endOf(index));
          }
        }
      },
    ),
    { numRuns: 80 },
  );
});

test("a message lives five days from when it was sent, a status one day", async () => {
  await using opened = await openStore();
  const { store, clock } = opened;
  store.recordSent(message(ownKey("A"), "text", NOW_MS - DAY_MS));
  store.recordSent(message(ownKey("S", "status@broadcast"), "status", NOW_MS));

  await clock.advance(DAY_MS - 1);
  expect(await store.getMessage(ownKey("S", "status@broadcast"))).toBeDefined();
  await clock.advance(1);
  expect(await store.getMessage(ownKey("S", "status@broadcast"))).toBeUndefined();

  await clock.advance(3 * DAY_MS - 1);
  expect(await store.getMessage(ownKey("A"))).toBeDefined();
  await clock.advance(1);
  expect(await store.getMessage(ownKey("A"))).toBeUndefined();
});

test("a message stamped in the future lives no longer for it", async () => {
  await using opened = await openStore({ retention: { maxAge: hours(1) } });
  opened.store.recordSent(message(ownKey("A"), "from the future", NOW_MS + 10 * DAY_MS));

  await opened.clock.advance(3_600_000);

  expect(await opened.store.getMessage(ownKey("A"))).toBeUndefined();
});

test("an edit of a disappearing message disappears too", async () => {
  await using opened = await openStore();
  const { store, clock } = opened;
  store.recordSent(message(ownKey("A"), disappearing("first", 60)));
  store.recordSent(editOf(ownKey("A"), "second", ownKey("E")));

  const found = await store.getMessage(ownKey("A"));
  expect(found?.extendedTextMessage).toMatchObject({
    text: "second",
    contextInfo: { expiration: 60 },
  });

  await clock.advance(60_000);
  expect(await store.getMessage(ownKey("A"))).toBeUndefined();
});

test("a shorter life set later also holds for what is stored, and a longer one does not", async () => {
  const database = await openSqlite(":memory:");
  const at = async (maxAge: number): Promise<boolean> => {
    await using opened = await openStore({ database, retention: { maxAge: days(maxAge) } });
    await opened.clock.advance(2 * DAY_MS);
    return (await opened.store.getMessage(ownKey("A"))) !== undefined;
  };
  await using opened = await openStore({ database, retention: { maxAge: days(3) } });
  opened.store.recordSent(message(ownKey("A"), "hi"));

  expect(await at(3)).toBe(true);
  expect(await at(1)).toBe(false);
  expect(await at(7)).toBe(false);
  database.close();
});

test("a revoked or deleted message never comes back, in whatever order the facts arrive and however often", async () => {
  const own = ownKey("A");
  const events = {
    body: () => message(own, "hello"),
    bodyUnderLid: () => message(ownKey("A", "888@lid"), "hello"),
    edit: () => editOf(own, "edited", ownKey("E")),
    revoke: () => revokeOf(own, ownKey("R")),
    sweep: () => undefined,
    deleteForMe: () => "delete" as const,
  };
  const name = fc.constantFrom(...(Object.keys(events) as (keyof typeof events)[]));
  await fc.assert(
    fc.asyncProperty(fc.array(name, { maxLength: 10 }), async (names) => {
      await using opened = await openStore();
      const { ev } = realEvents();
      opened.store.bind(ev);
      let gone = false;
      let sent = false;
      for (const one of names) {
        const event = events[one]();
        if (event === undefined) opened.store.sweep();
        else if (event === "delete") ev.emit("messages.delete", { keys: [own] });
        else ev.emit("messages.upsert", { messages: [event], type: "notify" });
        gone ||= one === "revoke" || one === "deleteForMe";
        sent ||= one === "body";

        const found = await opened.store.getMessage(own);
        const allowed = gone ? [undefined] : ["hello", "edited"];
        expect(sent || gone ? allowed : [textOf(found)]).toContain(textOf(found));
      }
      expect(opened.errors).toEqual([]);
    }),
    { numRuns: 100 },
  );
});

test("facts end the same in any order", async () => {
  const facts = [
    () => message(ownKey("A"), "hello"),
    () => editOf(ownKey("A"), "one", ownKey("E1"), NOW_MS + 1),
    () => editOf(ownKey("A"), "two", ownKey("E2"), NOW_MS + 2),
    () => editOf(ownKey("A"), "also two", ownKey("E3"), NOW_MS + 2),
  ];
  const order = fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 });
  const outcome = async (indexes: readonly number[]): Promise<string | undefined> => {
    await using opened = await openStore();
    for (const index of indexes) {
      const fact = facts[index];
      if (fact) opened.store.recordSent(fact());
    }
    return textOf(await opened.store.getMessage(ownKey("A")));
  };
  await fc.assert(
    fc.asyncProperty(order, order, async (first, second) => {
      const text = await outcome(first);

      expect(await outcome([...second, ...first])).toBe(text);
      expect(["two", "also two"]).toContain(text);
    }),
    { numRuns: 60 },
  );
});

test("the bounds hold after every write: others' messages go first, then the oldest own", async () => {
  const database = await openSqlite(":memory:");
  await using opened = await openStore({
    database,
    retention: { maxMessages: 3 },
    keep: () => "body",
  });
  const { ev } = realEvents();
  opened.store.bind(ev);
  const rows = (): unknown =>
    database
      .prepare("SELECT group_concat(id, '') AS ids FROM (SELECT id FROM message ORDER BY id)")
      .get();

  ev.emit("messages.upsert", { messages: [message(theirKey("t", PN), "theirs")], type: "notify" });
  for (const [index, id] of ["a", "b", "c", "d"].entries()) {
    opened.store.recordSent(message(ownKey(id), "mine", NOW_MS - 10_000 + index * 1000));
  }

  expect(rows()).toEqual({ ids: "bcd" });
  database.close();
});

test("the count and the bytes that the bounds go by are what is there, after any history", async () => {
  const id = fc.constantFrom("A", "B", "C", "D");
  const step = fc.record({
    do: fc.constantFrom("send", "edit", "revoke", "wait", "sweep"),
    id,
    length: fc.integer({ min: 1, max: 60 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const database = await openSqlite(":memory:");
      await using opened = await openStore({
        database,
        retention: { maxAge: seconds(5), maxMessages: 3, maxBytes: 100 },
      });
      const { store, clock } = opened;
      let carriers = 0;
      for (const one of steps) {
        const text = "x".repeat(one.length);
        const at = clock.now();
        const carrier = ownKey(`carrier ${carriers++}`);
        if (one.do === "send") store.recordSent(message(ownKey(one.id), text, at));
        else if (one.do === "edit") store.recordSent(editOf(ownKey(one.id), text, carrier, at));
        else if (one.do === "revoke") store.recordSent(revokeOf(ownKey(one.id), carrier, at));
        else if (one.do === "wait") await clock.advance(2000);
        else store.sweep({ maxRows: 2 });

        const real = database
          .prepare(
            `SELECT count(*) AS messages,
               ifnull(sum(ifnull(length(body), 0) + ifnull(length(edit_body), 0)), 0) AS bytes FROM message`,
          )
          .get();
        expect(database.prepare("SELECT messages, bytes FROM account").get()).toEqual(real);
        expect(real?.["messages"]).toBeLessThanOrEqual(3);
        expect(real?.["bytes"]).toBeLessThanOrEqual(100);
      }
      await store.close();
      database.close();
    }),
    { numRuns: 100 },
  );
});

test("sweep deletes no more than it is allowed and says when there is more", async () => {
  await using opened = await openStore({
    retention: { maxAge: seconds(10) },
    sweepEvery: hours(1),
  });
  for (let index = 0; index < 5; index++) {
    opened.store.recordSent(message(ownKey(`${index}`), "hi"));
  }
  await opened.clock.advance(10_000);

  expect(opened.store.sweep({ maxRows: 2 })).toEqual({ deleted: 2, more: true });
  expect(opened.store.sweep({ maxRows: 4 })).toEqual({ deleted: 3, more: false });
  expect(() => opened.store.sweep({ maxRows: 0 })).toThrowError(
    expect.objectContaining({ code: "USAGE_INVALID_OPTION" }),
  );
});

test("expired messages leave the disk by themselves, and with them their text", async () => {
  const folder = await mkdtemp(join(tmpdir(), "motte-sweep-"));
  const file = join(folder, "messages.db");
  await using opened = await openStore({ file, sweepEvery: seconds(60) });
  const onDisk = async (): Promise<boolean> => {
    const files = [await readFile(file), await readFile(`${file}-wal`)];
    return files.some((bytes) => bytes.includes("a very private text"));
  };
  for (let index = 0; index < 500; index++) {
    opened.store.recordSent(message(ownKey(`${index}`), disappearing("a very private text", 30)));
  }
  opened.store.recordSent(
    message(ownKey("R", GROUP), { ...poll(1), conversation: "a very private text" }),
  );
  expect(await onDisk()).toBe(true);

  opened.store.recordSent(revokeOf(ownKey("R", GROUP), ownKey("R2", GROUP)));
  await opened.clock.advance(60_000);

  expect(await onDisk()).toBe(false);
  await opened.store.close();
  await rm(folder, { recursive: true });
});
