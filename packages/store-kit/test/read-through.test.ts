import { expect, test, vi } from "vitest";
import { ManualClock } from "@motte/core/manual-clock";
import { seededRandom } from "@motte/core/random";
import { milliseconds, minutes, readThrough, seconds } from "@motte/store-kit";

/** A load that a test settles by hand. */
class Loads<V> {
  readonly pending: {
    readonly key: string;
    readonly settle: (value: V | undefined) => void;
    readonly fail: (error: unknown) => void;
  }[] = [];
  started = 0;

  readonly load = (key: string): Promise<V | undefined> => {
    this.started += 1;
    return new Promise((settle, fail) => this.pending.push({ key, settle, fail }));
  };

  settleNext(value: V | undefined): void {
    this.pending.shift()?.settle(value);
  }

  failNext(error: unknown = new Error("load")): void {
    this.pending.shift()?.fail(error);
  }
}

const exact = { ttl: seconds(10), jitter: 0 } as const;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("many ask for one key at once and it is loaded once", async () => {
  const loads = new Loads<string>();
  const cache = readThrough({ ...exact, load: loads.load });

  const answers = Promise.all(Array.from({ length: 1000 }, () => cache.get("k")));
  loads.settleNext("v");

  expect(new Set(await answers)).toEqual(new Set(["v"]));
  expect(loads.started).toBe(1);
  expect(await cache.get("k")).toBe("v");
  expect(loads.started).toBe(1);
});

test("a value is fresh until its ttl to the millisecond, and then loaded again", async () => {
  const clock = new ManualClock();
  let version = 0;
  const cache = readThrough({ ...exact, clock, load: async () => ++version });

  expect(await cache.get("k")).toBe(1);
  await clock.advance(9_999);
  expect(await cache.get("k")).toBe(1);
  await clock.advance(1);
  expect(cache.peek("k")).toBeUndefined();
  expect(await cache.get("k")).toBe(2);
});

test("whoever waits is answered by the load that was overtaken, whoever comes later by a new one", async () => {
  const loads = new Loads<string>();
  const cache = readThrough({ ...exact, load: loads.load });

  const before = cache.get("k");
  cache.invalidate("k");
  const after = cache.get("k");
  loads.settleNext("old");
  loads.settleNext("new");

  expect([await before, await after]).toEqual(["old", "new"]);
  expect(await cache.get("k")).toBe("new");
  expect(cache.stats()).toMatchObject({ loads: 2, discardedLoads: 1, inflight: 0 });
});

test("a value that is put while a load is under way is not replaced by what the load brings", async () => {
  const loads = new Loads<string>();
  const cache = readThrough({ ...exact, load: loads.load });

  const waiting = cache.get("k");
  cache.put("k", "put");
  loads.settleNext("loaded");

  expect(await waiting).toBe("loaded");
  expect(await cache.get("k")).toBe("put");
});

test("a stale value is served at once while one new load runs, and no longer than allowed", async () => {
  const clock = new ManualClock();
  const loads = new Loads<string>();
  const cache = readThrough({
    ...exact,
    clock,
    load: loads.load,
    staleWhileRevalidate: seconds(5),
  });
  cache.put("k", "old");

  await clock.advance(10_000);
  expect(await Promise.all([cache.get("k"), cache.get("k")])).toEqual(["old", "old"]);
  await turn();
  expect(loads.started).toBe(1);
  loads.settleNext("new");
  await turn();
  expect(await cache.get("k")).toBe("new");

  await clock.advance(15_000);
  const waiting = cache.get("k");
  loads.settleNext("newest");
  expect(await waiting).toBe("newest");
});

test("a failed load answers with the value it should have replaced, as long as that is allowed", async () => {
  const clock = new ManualClock();
  const errors: Error[] = [];
  const boom = new Error("no connection");
  const cache = readThrough<string>({
    ...exact,
    clock,
    staleIfError: minutes(1),
    load: async () => Promise.reject(boom),
    onError: (error) => errors.push(error),
  });
  cache.put("k", "old");

  await clock.advance(69_999);
  expect(await cache.get("k")).toBe("old");
  expect(errors).toEqual([boom]);

  await clock.advance(1);
  await expect(cache.get("k")).rejects.toBe(boom);
});

test("what was invalidated for good is not served when the load fails either", async () => {
  const loads = new Loads<string>();
  const cache = readThrough({ ...exact, load: loads.load, staleIfError: minutes(1) });
  cache.put("k", "removed member");
  cache.invalidate("k", { soft: true });
  const waiting = cache.get("k");

  cache.invalidate("k");
  loads.failNext();

  await expect(waiting).rejects.toThrow("load");
  expect(cache.peek("k")).toBeUndefined();
});

test("what was invalidated softly is served once more while it is loaded", async () => {
  const loads = new Loads<string>();
  const cache = readThrough({ ...exact, load: loads.load, staleWhileRevalidate: minutes(1) });
  cache.put("k", "old");

  cache.invalidate("k", { soft: true });
  expect(await cache.get("k")).toBe("old");
  loads.settleNext("new");
  await turn();

  expect(await cache.get("k")).toBe("new");
});

test("that there is none is remembered for its time, is never stale, and gives way to a put", async () => {
  const clock = new ManualClock();
  const load = vi.fn<() => Promise<undefined>>(async () => undefined);
  const cache = readThrough<string>({
    ...exact,
    clock,
    load,
    negativeTtl: seconds(5),
    staleWhileRevalidate: minutes(1),
  });

  await cache.get("k");
  await clock.advance(4_999);
  await cache.get("k");
  expect(load).toHaveBeenCalledTimes(1);
  await clock.advance(1);
  await cache.get("k");
  expect(load).toHaveBeenCalledTimes(2);

  cache.put("k", "v");
  expect(await cache.get("k")).toBe("v");
});

test("that there is none any more ends a stale value", async () => {
  const clock = new ManualClock();
  const cache = readThrough<string>({
    ...exact,
    clock,
    load: async () => undefined,
    staleWhileRevalidate: minutes(1),
  });
  cache.put("k", "old");
  await clock.advance(10_000);

  expect(await cache.get("k")).toBe("old");
  await turn();

  expect(await cache.get("k")).toBeUndefined();
});

test("a caller waits no longer than the timeout for a load that never ends, and it is told to stop", async () => {
  const clock = new ManualClock();
  const signals: AbortSignal[] = [];
  const cache = readThrough<string>({
    ...exact,
    clock,
    loadTimeout: seconds(3),
    load: (_key, { signal }) => {
      signals.push(signal);
      return new Promise(() => {});
    },
  });

  const outcome = cache.get("k").catch((error: unknown) => error);
  await clock.advance(3_000);

  expect(await outcome).toMatchObject({ code: "DEADLINE_EXCEEDED" });
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  expect(cache.stats().inflight).toBe(0);
});

test("loads start no closer together than allowed, and twice as far apart after every refusal", async () => {
  const clock = new ManualClock();
  const starts: number[] = [];
  let refusing = true;
  const cache = readThrough<string>({
    ...exact,
    clock,
    minLoadInterval: milliseconds(400),
    maxLoadInterval: seconds(3),
    loadTimeout: minutes(10),
    load: async (key) => {
      starts.push(clock.monotonic());
      if (refusing) throw Object.assign(new Error("rate-overlimit"), { data: 429 });
      return key;
    },
  });
  const ask = (count: number): Promise<unknown> =>
    Promise.allSettled(Array.from({ length: count }, (_, index) => cache.get(`${index}`)));

  const refused = ask(5);
  await clock.advance(10_000);
  await refused;
  expect(starts).toEqual([0, 1000, 3000, 6000, 9000]);

  refusing = false;
  starts.length = 0;
  const answered = ask(4);
  await clock.advance(10_000);
  await answered;
  expect(starts).toEqual([12_000, 15_000, 15_400, 15_800]);
  expect(clock.pendingTimers).toBe(0);
});

test("while the server refuses, a stale value is served without waiting for a turn", async () => {
  const clock = new ManualClock();
  const cache = readThrough<string>({
    ...exact,
    clock,
    staleIfError: minutes(60),
    loadTimeout: minutes(30),
    onError: () => {},
    load: async () => {
      throw Object.assign(new Error("rate-overlimit"), { data: 429 });
    },
  });
  cache.put("a", "old a");
  cache.put("b", "old b");
  await clock.advance(10_000);

  expect(await cache.get("a")).toBe("old a");
  expect(await cache.get("b")).toBe("old b");
});

test("no more loads run at a time than allowed", async () => {
  const loads = new Loads<string>();
  const cache = readThrough({ ...exact, load: loads.load, maxConcurrentLoads: 2 });

  const answers = cache.getMany(["a", "b", "c", "a"]);
  await turn();
  expect(loads.pending.map(({ key }) => key)).toEqual(["a", "b"]);
  loads.settleNext("A");
  loads.settleNext(undefined);
  await turn();
  loads.settleNext("C");

  expect(await answers).toEqual(
    new Map([
      ["a", "A"],
      ["c", "C"],
    ]),
  );
});

test("entries that are loaded together are not due together", async () => {
  const clock = new ManualClock();
  const random = seededRandom("jitter");
  let loads = 0;
  const cache = readThrough({
    ttl: seconds(100),
    jitter: 0.1,
    clock,
    random,
    load: async (key) => {
      loads += 1;
      return key;
    },
  });
  const keys = Array.from({ length: 200 }, (_, index) => `${index}`);
  await cache.getMany(keys);

  await clock.advance(90_000);
  await cache.getMany(keys);
  expect(loads).toBe(200);
  await clock.advance(10_000);
  await cache.getMany(keys);
  expect(loads).toBeGreaterThan(250);
  expect(loads).toBeLessThan(350);
  await clock.advance(10_000);
  await cache.getMany(keys);
  expect(loads).toBe(400);
});

test("only the entries asked for are invalidated, and no load under way survives", async () => {
  const loads = new Loads<string>();
  const cache = readThrough({ ...exact, load: loads.load });
  cache.put("a", "keep");
  cache.put("b", "drop");
  const waiting = cache.get("c");

  cache.invalidateAll({ where: (value) => value === "drop" });
  loads.settleNext("late");
  await waiting;

  expect([cache.peek("a"), cache.peek("b"), cache.peek("c")]).toEqual([
    "keep",
    undefined,
    undefined,
  ]);
});

test.each([
  ["a misspelt option", { timeToLive: 1 }],
  ["a jitter of everything", { jitter: 1 }],
  ["no loads at all", { maxConcurrentLoads: 0 }],
])("readThrough() refuses %s", (_what, options) => {
  const attempt = (): unknown => readThrough({ ...exact, load: async () => 1, ...options });

  expect(attempt).toThrowError(expect.objectContaining({ name: "UsageError" }));
});

test("loads that never end do not keep others from starting for ever", async () => {
  const clock = new ManualClock();
  const started: string[] = [];
  const cache = readThrough<string>({
    ...exact,
    clock,
    loadTimeout: seconds(3),
    maxConcurrentLoads: 2,
    load: (key) => {
      started.push(key);
      return key.startsWith("hangs") ? new Promise(() => {}) : Promise.resolve(key);
    },
  });

  const hanging = ["hangs 1", "hangs 2"].map((key) => cache.get(key).catch(() => "failed"));
  await clock.advance(3_000);
  expect(await Promise.all(hanging)).toEqual(["failed", "failed"]);

  const next = cache.get("next");
  await clock.advance(10_000);
  expect(await next.catch(() => "failed")).toBe("next");
  expect(started).toEqual(["hangs 1", "hangs 2", "next"]);
});
