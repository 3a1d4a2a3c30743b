import * as fc from "fast-check";
import { ManualClock } from "@motte/core/manual-clock";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  type DurabilityRisk,
  type OpenRedisTables,
  type RedisTablesOptions,
  StoreKitError,
  type Table,
  milliseconds,
  openRedisTables,
  seconds,
} from "@motte/store-kit";
import { until } from "../../../test/support/redis-server.ts";
import { type CommandFault, flakyRedis } from "./support/flaky-redis.ts";
import { sharedRedis } from "./support/shared-redis.ts";

interface Row {
  readonly at: number;
}

const redis = sharedRedis();
let prefix = "";
let prefixes = 0;

const opened: OpenRedisTables[] = [];
afterEach(async () => {
  for (const tables of opened.splice(0)) await tables.close().catch(() => undefined);
});

/** A process that opens the tables of the account. Only `flush` and `close` write: its clock stands still. */
async function openProcess(options: Partial<RedisTablesOptions> = {}): Promise<{
  readonly tables: OpenRedisTables;
  readonly chats: Table<Row>;
  readonly labels: Table<Row>;
  readonly clock: ManualClock;
  readonly errors: string[];
}> {
  const clock = new ManualClock(1_000_000);
  const errors: string[] = [];
  const onError = (error: Error): void =>
    void errors.push("code" in error ? String(error.code) : error.message);
  const tables = await openRedisTables({
    account: "bot",
    client: redis.client,
    prefix,
    clock,
    onError,
    commandTimeout: seconds(30),
    ...options,
  });
  opened.push(tables);
  const shape = { max: 100, rankOf: ({ at }: Row) => at };
  const chats = tables.table<Row>({ name: "chat", ...shape });
  const labels = tables.table<Row>({ name: "label", ...shape });
  return { tables, chats, labels, clock, errors };
}

const keysOf = (table: Table<Row>): string[] => table.list().map(({ key }) => key);
const newPlace = (): void => void (prefix = `place ${++prefixes}`);

describe("what was changed", () => {
  test("is in Redis in good time by itself, and all of it after close", async () => {
    newPlace();
    const { tables, chats, clock } = await openProcess({ maxDelay: milliseconds(200) });
    chats.set("a", { at: 1 });
    chats.set("b", { at: 2 });
    expect(tables.pending()).toBe(2);
    await clock.advance(100);
    await vi.waitFor(() => expect(tables.pending()).toBe(0), { timeout: 40_000 });
    chats.delete("a");
    await tables.close();
    expect(clock.pendingTimers).toBe(0);
    expect(() => chats.get("a")).toThrow(expect.objectContaining({ code: "USAGE_CLOSED" }));
    expect(keysOf((await openProcess()).chats)).toEqual(["b"]);
  });

  test("is told to be at risk while Redis does not take it, and is written when it does", async () => {
    newPlace();
    let fault: CommandFault | undefined;
    const risks: DurabilityRisk[] = [];
    const { tables, chats, clock, errors } = await openProcess({
      client: flakyRedis(redis.client, () => fault),
      maxDelay: seconds(1),
      onDurabilityRisk: (risk) => void risks.push(risk),
    });
    fault = "refuse";
    chats.set("a", { at: 1 });
    await clock.advance(500);
    await vi.waitFor(() => expect(errors).toContain("STORE_KIT_UNAVAILABLE"), { timeout: 40_000 });
    await clock.advance(500);
    expect(risks).toEqual([{ oldestMs: 1000, pending: 1 }]);
    expect(chats.get("a")).toEqual({ at: 1 });
    await expect(tables.flush()).rejects.toMatchObject({ code: "STORE_KIT_UNAVAILABLE" });
    fault = undefined;
    await tables.flush();
    expect(keysOf((await openProcess()).chats)).toEqual(["a"]);
  });

  test("and could not be written is told of by close", async () => {
    newPlace();
    let fault: CommandFault | undefined;
    const { tables, chats } = await openProcess({
      client: flakyRedis(redis.client, () => fault),
      closeTimeout: milliseconds(0),
    });
    chats.set("a", { at: 1 });
    fault = "refuse";
    await expect(tables.close()).rejects.toMatchObject({ code: "STORE_KIT_UNAVAILABLE" });
  });

  test("lies under one hash tag, behind its codec and version; accounts are apart", async () => {
    newPlace();
    for (const account of ["one{", "two"]) {
      const { tables, chats } = await openProcess({ account });
      chats.set(account, { at: 1 });
      await tables.flush();
    }
    const tag = `{${encodeURIComponent("one{")}}`;
    const names = (await redis.client.keys(`${prefix}:*`)).filter((name) => name.includes(tag));
    expect(names.toSorted()).toEqual([`${prefix}:${tag}:owner`, `${prefix}:${tag}:rows:chat`]);
    const raw = await redis.client.hGet(`${prefix}:${tag}:rows:chat`, "one{");
    expect(raw?.slice(0, 2)).toBe("\u0002\u0001");
    expect(keysOf((await openProcess({ account: "two" })).chats)).toEqual(["two"]);
  });

  test("in a step that fails is undone, also what had to go for it, and never written", async () => {
    newPlace();
    const { tables, chats } = await openProcess();
    for (let at = 0; at < 100; at++) chats.set(`k${at}`, { at });
    const before = chats.list();
    const fail = (): void =>
      tables.atomically(() => {
        chats.set("new", { at: 1000 });
        chats.set("k50", { at: 0 });
        chats.set("k50", { at: 5 });
        tables.atomically(() => chats.delete("k51"));
        expect(chats.get("k0")).toBeUndefined();
        throw new Error("the step fails");
      });
    expect(fail).toThrow("the step fails");
    expect(chats.list()).toEqual(before);
    tables.atomically(() => {
      chats.set("k99", { at: 99_000 });
      expect(() => tables.atomically(() => throwAfter(() => chats.delete("k1")))).toThrow("inner");
    });
    await tables.flush();
    const again = await openProcess();
    expect(again.chats.size).toBe(100);
    expect(again.chats.get("k99")).toEqual({ at: 99_000 });
    expect(again.chats.get("new")).toBeUndefined();
  });
});

function throwAfter(work: () => void): never {
  work();
  throw new Error("inner");
}

describe("a row that cannot be read", () => {
  test("is never handed out and never destroyed, until it is set or deleted", async () => {
    newPlace();
    const first = await openProcess();
    for (const key of ["a", "b", "c"]) first.chats.set(key, { at: 1 });
    await first.tables.close();
    const rows = `${prefix}:{bot}:rows:chat`;
    await redis.client.hSet(rows, { a: "\u0002\u0002of a newer release", b: "damaged" });

    const { tables, chats } = await openProcess();
    const unreadable = expect.objectContaining({ code: "STORE_KIT_BODY_UNREADABLE" });
    expect(() => chats.get("a")).toThrow(unreadable);
    expect(() => chats.list()).toThrow(unreadable);
    expect(() => chats.page({ limit: 1 })).toThrow(unreadable);
    expect(chats.list("c")).toHaveLength(1);
    expect([chats.size, chats.count("")]).toEqual([3, 3]);
    chats.set("b", { at: 2 });
    // Redis forgets whose they are, and is given every row again.
    await redis.client.del(`${prefix}:{bot}:owner`);
    await tables.flush();
    expect(await redis.client.hGet(rows, "a")).toBe("\u0002\u0002of a newer release");
    expect(chats.delete("a")).toBe(true);
    await tables.flush();
    expect((await openProcess()).chats.list()).toMatchObject([{ key: "b" }, { key: "c" }]);
  });
});

describe("two processes with one account", () => {
  test("are told apart: the last to open has the tables, and nothing of the other is written", async () => {
    newPlace();
    const old = await openProcess();
    old.chats.set("before", { at: 1 });
    await old.tables.flush();
    old.chats.set("late", { at: 2 });

    const next = await openProcess();
    expect(keysOf(next.chats)).toEqual(["before"]);
    next.chats.set("new", { at: 3 });
    await next.tables.flush();

    await expect(old.tables.flush()).rejects.toMatchObject({ code: "STORE_KIT_TAKEN_OVER" });
    const taken = expect.objectContaining({ code: "STORE_KIT_TAKEN_OVER" });
    expect(() => old.chats.set("more", { at: 4 })).toThrow(taken);
    expect(() => old.chats.delete("before")).toThrow(taken);
    expect(keysOf(old.chats)).toEqual(["before", "late"]);
    await old.tables.close();
    expect(keysOf((await openProcess()).chats)).toEqual(["before", "new"]);
  });

  test("stay told apart by a Redis that forgot both: the later one gets its tables back", async () => {
    newPlace();
    const old = await openProcess();
    old.chats.set("old", { at: 1 });
    const next = await openProcess();
    next.chats.set("next", { at: 2 });
    await redis.client.del(`${prefix}:{bot}:owner`);
    await old.tables.flush();
    await next.tables.flush();
    expect(await redis.client.hKeys(`${prefix}:{bot}:rows:chat`)).toEqual(["next"]);
    old.chats.set("late", { at: 3 });
    await expect(old.tables.flush()).rejects.toMatchObject({ code: "STORE_KIT_TAKEN_OVER" });
  });

  const op = fc.oneof(
    fc.record({ op: fc.constant("set" as const), who: fc.nat(2), key: fc.constantFrom("a", "b") }),
    fc.record({
      op: fc.constant("delete" as const),
      who: fc.nat(2),
      key: fc.constantFrom("a", "b"),
    }),
    fc.record({ op: fc.constant("flush" as const), who: fc.nat(2) }),
    fc.record({ op: fc.constant("open" as const) }),
    fc.record({ op: fc.constant("redis forgets" as const) }),
  );

  test("never mix, whatever they do when: Redis holds what one of them held at some moment", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(op, { maxLength: 15 }), async (ops) => {
        newPlace();
        let n = 0;
        const all = [await openProcess()];
        // What the newest process held when it last wrote.
        let kept = "[]";
        const [found, expected]: [string[], string[]] = [[], []];
        const refusals: string[] = [];
        for (const one of ops) {
          const process = "who" in one ? all.at(-1 - (one.who % all.length)) : undefined;
          const newest = all.at(-1);
          if (one.op === "open") {
            all.push(await openProcess());
            found.push(JSON.stringify(all.at(-1)?.chats.list()));
            expected.push(kept);
          } else if (one.op === "redis forgets") {
            await redis.client.del(`${prefix}:{bot}:owner`);
            newest?.chats.set("a", { at: ++n });
            await newest?.tables.flush();
            kept = JSON.stringify(newest?.chats.list());
          } else if (process !== undefined) {
            try {
              if (one.op === "set") process.chats.set(one.key, { at: ++n });
              else if (one.op === "delete") process.chats.delete(one.key);
              else await process.tables.flush();
            } catch (error) {
              const code = error instanceof StoreKitError ? error.code : String(error);
              refusals.push(process === newest ? `the newest: ${code}` : code);
            }
            if (process === newest && one.op === "flush") {
              kept = JSON.stringify(process.chats.list());
            }
          }
        }
        found.push(JSON.stringify((await openProcess()).chats.list()));
        expect(found).toEqual([...expected, kept]);
        expect(refusals.filter((code) => code !== "STORE_KIT_TAKEN_OVER")).toEqual([]);
        opened.length = 0;
      }),
      { numRuns: 60 },
    );
  });
});

describe("a process that dies", () => {
  const step = fc.array(
    fc.record({
      table: fc.constantFrom("chats" as const, "labels" as const),
      key: fc.constantFrom("a", "b", "c"),
      isDeleted: fc.boolean(),
    }),
    { maxLength: 4 },
  );
  const event = fc.oneof(
    { arbitrary: fc.record({ kind: fc.constant("step" as const), step }), weight: 3 },
    fc.record({
      kind: fc.constant("flush" as const),
      fault: fc.constantFrom(undefined, "refuse" as const, "lose answer" as const),
    }),
  );

  test("leaves what was true between two steps, whatever went wrong on the way", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 20 }), async (events) => {
        newPlace();
        let fault: CommandFault | undefined;
        const { tables, chats, labels } = await openProcess({
          client: flakyRedis(redis.client, () => fault),
        });
        const show = (): string => JSON.stringify([chats.list(), labels.list()]);
        const moments = [show()];
        let writtenUpTo = 0;
        let failures = 0;
        let n = 0;
        for (const one of events) {
          if (one.kind === "step") {
            tables.atomically(() => {
              for (const { table, key, isDeleted } of one.step) {
                const target = table === "chats" ? chats : labels;
                if (isDeleted) target.delete(key);
                else target.set(key, { at: ++n });
              }
            });
            moments.push(show());
            continue;
          }
          fault = one.fault;
          await tables.flush().then(
            () => (writtenUpTo = moments.length - 1),
            () => (failures += one.fault === undefined ? 1 : 0),
          );
          fault = undefined;
        }
        const after = await openProcess();
        const left = JSON.stringify([after.chats.list(), after.labels.list()]);
        expect(failures).toBe(0);
        expect(moments.slice(writtenUpTo)).toContain(left);
        opened.length = 0;
      }),
      { numRuns: 60 },
    );
  });

  test("may have had a change made whose answer was lost: it is made once", async () => {
    newPlace();
    let fault: CommandFault | undefined;
    const { tables, chats } = await openProcess({ client: flakyRedis(redis.client, () => fault) });
    fault = "lose answer";
    chats.set("a", { at: 1 });
    await expect(tables.flush()).rejects.toMatchObject({ code: "STORE_KIT_UNAVAILABLE" });
    // What somebody else makes of the row meanwhile shows whether it is written a second time.
    await redis.client.hDel(`${prefix}:{bot}:rows:chat`, "a");
    fault = undefined;
    await tables.flush();
    expect(tables.pending()).toBe(0);
    expect(await redis.client.hLen(`${prefix}:{bot}:rows:chat`)).toBe(0);
  });
});

describe("a Redis that comes back without its data", () => {
  test("is given every row again, of tables that no store asked for too", async () => {
    newPlace();
    const first = await openProcess();
    for (let at = 0; at < 80; at++) first.chats.set(`k${at}`, { at });
    first.labels.set("1", { at: 1 });
    await first.tables.close();

    const tables = await openRedisTables({
      account: "bot",
      client: redis.client,
      prefix,
      commandTimeout: seconds(30),
    });
    opened.push(tables);
    const chats = tables.table<Row>({ name: "chat", max: 100, rankOf: ({ at }) => at });
    await redis.server.restart();
    await until("the client is back", async () => redis.client.isReady);
    expect(await redis.client.keys("*")).toEqual([]);
    chats.delete("k0");
    await until("everything is written", async () => {
      await tables.flush().catch(() => undefined);
      return tables.pending() === 0;
    });
    const again = await openProcess();
    expect([again.chats.size, again.labels.size]).toEqual([79, 1]);
    expect(await redis.client.ttl(`${prefix}:{bot}:rows:chat`)).toBe(-1);
  });

  test("in the middle of being given them is given them all again", async () => {
    newPlace();
    let cut = false;
    const { tables, chats } = await openProcess({
      client: flakyRedis(redis.client, ([command]) => {
        const isStaged = cut && command === "PEXPIRE";
        if (isStaged) void redis.client.del(`${prefix}:{bot}:owner`);
        return isStaged ? "refuse" : undefined;
      }),
    });
    for (let at = 0; at < 50; at++) chats.set(`k${at}`, { at });
    await tables.flush();
    await redis.client.del([`${prefix}:{bot}:owner`, `${prefix}:{bot}:rows:chat`]);
    cut = true;
    chats.set("k50", { at: 50 });
    await expect(tables.flush()).rejects.toMatchObject({ code: "STORE_KIT_UNAVAILABLE" });
    expect(tables.pending()).toBe(51);
    chats.set("k51", { at: 51 });
    cut = false;
    await tables.flush();
    expect((await openProcess()).chats.size).toBe(52);
  });
});

test("options that make no sense are refused before anything is read", async () => {
  const bad: readonly object[] = [
    { account: "" },
    { account: "bot", prefix: "a{b" },
    { account: "bot", delay: 1 },
    { account: "bot", client: {} },
  ];
  for (const options of bad) {
    await expect(
      openRedisTables({ account: "bot", client: redis.client, ...options }),
    ).rejects.toMatchObject({
      name: "UsageError",
    });
  }
});
