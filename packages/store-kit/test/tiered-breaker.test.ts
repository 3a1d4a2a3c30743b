import * as fc from "fast-check";
import { ManualClock } from "@motte/core/manual-clock";
import { type KVFault, flakyKV } from "@motte/store-kit/testing";
import { describe, expect, test, vi } from "vitest";
import {
  type TieredCache,
  type TieredOptions,
  failOpen,
  jsonCodec,
  lru,
  memoryKV,
  seconds,
  tiered,
} from "@motte/store-kit";

interface Levels {
  readonly cache: TieredCache<string>;
  readonly clock: ManualClock;
  readonly errors: Error[];
  /** The calls that reached the second level. */
  readonly calls: string[];
  fault: KVFault | undefined;
}

function levels(options: Partial<TieredOptions<string>> = {}): Levels {
  const clock = new ManualClock(1_000_000);
  const [errors, calls]: [Error[], string[]] = [[], []];
  const l2 = flakyKV(memoryKV({ clock }), ({ operation, keys }) => {
    calls.push(`${operation} ${keys.join()}`);
    return all.fault;
  });
  const cache = tiered<string>({
    l1: lru({ clock, ttlResolution: seconds(0) }),
    l2,
    codec: jsonCodec(),
    ttl: seconds(600),
    onL2Error: "fail-open",
    l2Timeout: seconds(2),
    l2RetryAfter: seconds(10),
    onError: (error) => errors.push(error),
    clock,
    ...options,
  });
  const all: Levels = { cache, clock, errors, calls, fault: undefined };
  return all;
}

describe("a second level that hangs", () => {
  test("costs one timeout, and then nothing until it answers again", async () => {
    const all = levels();
    const { cache, clock, errors, calls } = all;
    await cache.set("old", "old");
    all.fault = "hang";
    const first = cache.get("a");
    await clock.advance(2000);
    expect(await first).toBeUndefined();
    calls.length = 0;

    // Nobody waits: the clock stands still.
    for (let n = 0; n < 50; n++) {
      await cache.set(`k${n}`, "v");
      expect(await cache.get(`k${n}`)).toBe("v");
      expect(await cache.get(`missing ${n}`)).toBeUndefined();
    }
    expect([calls, errors.length]).toEqual([[], 1]);
    expect(cache.stats().l2Skipped).toBeGreaterThanOrEqual(100);

    await clock.advance(10_000);
    expect(await cache.get("b")).toBeUndefined();
    // It still hangs: tried once, beside the calls, and not again at once.
    expect(await cache.get("c")).toBeUndefined();
    expect(calls).toEqual(["getMany "]);
    await clock.advance(2000);
    expect(await cache.get("d")).toBeUndefined();
    expect(calls).toEqual(["getMany "]);

    all.fault = undefined;
    await clock.advance(10_000);
    expect(await cache.get("e")).toBeUndefined();
    await vi.waitFor(() => expect(cache.stats().dirty).toBe(0), 40_000);
    expect(await cache.get("old")).toBe("old");
    await cache.set("k0", "back");
    expect(calls.at(-1)).toBe("write k0");
    expect([errors.length, clock.pendingTimers]).toEqual([1, 0]);
  });

  test("rejects at once where failures reject, with an error that may be tried again", async () => {
    const all = levels({ onL2Error: "throw" });
    const { cache, clock } = all;
    all.fault = "hang";
    const first = cache.get("a").catch((error: unknown) => error);
    await clock.advance(2000);
    expect(await first).toMatchObject({ code: "DEADLINE_EXCEEDED" });
    const skipped = { code: "STORE_KIT_UNAVAILABLE", retryable: true };
    await expect(cache.get("a")).rejects.toMatchObject(skipped);
    await expect(cache.set("a", "v")).rejects.toMatchObject(skipped);
    expect(cache.peek("a")).toBeUndefined();
  });

  test("one that fails at once is asked every time", async () => {
    const all = levels();
    all.fault = "fail";
    for (let n = 0; n < 5; n++) await all.cache.get("a");
    expect(all.calls).toHaveLength(5);
    expect(all.cache.stats()).toMatchObject({ l2Errors: 5, l2Skipped: 0 });
  });

  test("one that refuses when it is tried answers, and is asked again", async () => {
    const all = levels();
    all.fault = "hang";
    const first = all.cache.get("a");
    await all.clock.advance(2000);
    await first;
    await all.clock.advance(10_000);
    all.fault = "fail";
    await all.cache.get("a");
    await all.clock.advance(0);
    all.calls.length = 0;
    await all.cache.get("a");
    expect(all.calls).toEqual(["getMany a"]);
  });

  const op = fc.oneof(
    {
      arbitrary: fc.record({
        op: fc.constant("set" as const),
        key: fc.constantFrom("a", "b", "c"),
      }),
      weight: 3,
    },
    {
      arbitrary: fc.record({
        op: fc.constant("get" as const),
        key: fc.constantFrom("a", "b", "c"),
      }),
      weight: 3,
    },
    fc.record({ op: fc.constant("delete" as const), key: fc.constantFrom("a", "b", "c") }),
    fc.record({
      op: fc.constant("fault" as const),
      fault: fc.constantFrom(undefined, "hang" as const, "fail" as const, "fail-after" as const),
    }),
    fc.record({ op: fc.constant("wait" as const), ms: fc.constantFrom(100, 2000, 10_000) }),
  );

  test("never makes the cache answer with the past, and is caught up with when it is back", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(op, { maxLength: 25 }), async (ops) => {
        const all = levels();
        const { cache, clock } = all;
        const model = new Map<string, string>();
        const wrong: string[] = [];
        let n = 0;
        const run = async <T>(work: Promise<T>): Promise<T> => {
          await clock.advance(2000);
          return work;
        };
        for (const one of ops) {
          if (one.op === "fault") all.fault = one.fault;
          else if (one.op === "wait") await clock.advance(one.ms);
          else if (one.op === "set") {
            model.set(one.key, `${++n}`);
            await run(cache.set(one.key, `${n}`));
          } else if (one.op === "delete") {
            model.delete(one.key);
            await run(cache.deleteMany([one.key]));
          } else {
            const answer = await run(cache.get(one.key));
            if (answer !== undefined && answer !== model.get(one.key)) wrong.push(answer);
          }
        }
        all.fault = undefined;
        for (let tries = 0; tries < 5; tries++) {
          await clock.advance(12_000);
          await run(cache.get("nothing"));
        }
        for (const key of ["a", "b", "c"]) {
          const answer = await run(cache.get(key));
          if (answer !== undefined && answer !== model.get(key)) wrong.push(answer);
        }
        expect(wrong).toEqual([]);
        expect(cache.stats().dirty).toBe(0);
        await run(cache.set("a", "last"));
        expect(all.calls.at(-1)).toBe("write a");
      }),
      { numRuns: 40 },
    );
  });
});

describe("failOpen with retryAfter", () => {
  test("does not begin work that took too long again before that, and then once", async () => {
    const clock = new ManualClock(0);
    const begun: number[] = [];
    let hangs = true;
    const work = failOpen(
      (n: number) => {
        begun.push(n);
        return hangs ? new Promise<string>(() => {}) : Promise.resolve(`done ${n}`);
      },
      {
        answer: "given up",
        timeout: seconds(2),
        retryAfter: seconds(10),
        onError: () => {},
        clock,
      },
    );
    const first = work(1);
    await clock.advance(2000);
    expect([await first, await work(2), await work(3)]).toEqual(Array(3).fill("given up"));
    await clock.advance(10_000);
    const fourth = work(4);
    expect(await work(5)).toBe("given up");
    await clock.advance(2000);
    expect([await fourth, await work(6)]).toEqual(["given up", "given up"]);
    hangs = false;
    await clock.advance(10_000);
    expect([await work(7), await work(8)]).toEqual(["done 7", "done 8"]);
    expect(begun).toEqual([1, 4, 7, 8]);
    expect(clock.pendingTimers).toBe(0);
  });

  test("is refused without a timeout, which it follows", () => {
    expect(() => failOpen(() => 1, { answer: 0, retryAfter: seconds(1) })).toThrow(
      expect.objectContaining({ code: "USAGE_INVALID_OPTION" }),
    );
  });
});
