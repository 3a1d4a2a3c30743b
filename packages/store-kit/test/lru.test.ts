import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Clock } from "@motte/core/clock";
import { hasCode } from "@motte/core/errors";
import { ManualClock } from "@motte/core/manual-clock";
import {
  type EvictReason,
  type LruOptions,
  type Millis,
  type SyncCache,
  days,
  lru,
  milliseconds,
  minutes,
  seconds,
} from "@motte/store-kit";

const KEYS = ["a", "b", "c", "d", "__proto__"];

type Step =
  | { readonly do: "get" | "delete"; readonly key: string }
  | {
      readonly do: "set";
      readonly key: string;
      readonly value: string;
      readonly ttl: Millis | undefined;
    }
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "setBack"; readonly ms: number }
  | { readonly do: "clear" };

const anyKey = fc.constantFrom(...KEYS);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom("get", "delete"), key: anyKey }),
  fc.record({
    do: fc.constant("set"),
    key: anyKey,
    value: fc.string({ maxLength: 6 }),
    ttl: fc.option(fc.integer({ min: 0, max: 5 }).map(milliseconds), { nil: undefined }),
  }),
  fc.record({ do: fc.constant("wait"), ms: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ do: fc.constant("setBack"), ms: fc.integer({ min: 1, max: 50 }) }),
  fc.record({ do: fc.constant("clear") }),
);
const bounds: fc.Arbitrary<Bounds> = fc.record(
  {
    max: fc.integer({ min: 1, max: 4 }),
    maxBytes: fc.integer({ min: 8, max: 40 }),
    ttl: fc.integer({ min: 1, max: 6 }).map(milliseconds),
  },
  { requiredKeys: ["max", "ttl"] },
);
const bytesOf = (value: string): number => Math.max(1, value.length);

interface Bounds {
  readonly max: number;
  readonly maxBytes?: number;
  readonly ttl: Millis;
}

/** What an `lru` promises, written as a list in order of use. */
class Model {
  entries: { key: string; value: string; dueMs: number }[] = [];
  readonly #bounds: Bounds;
  readonly #clock: ManualClock;

  constructor(allowed: Bounds, clock: ManualClock) {
    this.#bounds = allowed;
    this.#clock = clock;
  }

  get(wanted: string): string | undefined {
    const entry = this.entries.find(({ key }) => key === wanted);
    if (entry === undefined) return undefined;
    this.delete(wanted);
    if (this.#clock.monotonic() >= entry.dueMs) return undefined;
    this.entries.unshift(entry);
    return entry.value;
  }

  set(key: string, value: string, { ttl = this.#bounds.ttl }: { ttl?: Millis }): void {
    const { max, maxBytes = Infinity } = this.#bounds;
    this.delete(key);
    if (ttl === 0 || bytesOf(value) > Math.floor(maxBytes / 8)) return;
    this.entries.unshift({ key, value, dueMs: this.#clock.monotonic() + ttl });
    while (this.entries.length > max || this.bytes > maxBytes) this.entries.pop();
  }

  delete(unwanted: string): boolean {
    const before = this.entries.length;
    this.entries = this.entries.filter(({ key }) => key !== unwanted);
    return this.entries.length < before;
  }

  clear(): void {
    this.entries = [];
  }

  keys(): Iterable<string> {
    return this.entries.map(({ key }) => key);
  }

  get bytes(): number {
    if (this.#bounds.maxBytes === undefined) return 0;
    return this.entries.reduce((sum, { value }) => sum + bytesOf(value), 0);
  }
}

/** Does one step and tells everything that shows afterwards. */
function outcome(one: Step, cache: Model | SyncCache<string>): unknown {
  let answer: unknown;
  if (one.do === "set") {
    cache.set(one.key, one.value, one.ttl === undefined ? {} : { ttl: one.ttl });
  } else if (one.do === "get") answer = cache.get(one.key);
  else if (one.do === "delete") answer = cache.delete(one.key);
  else if (one.do === "clear") cache.clear();
  return { answer, keys: [...cache.keys()], bytes: cache.bytes };
}

test("lru() does what a list ordered by use with deadlines does, within both bounds", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), bounds, async (steps, allowed) => {
      const clock = new ManualClock(1000);
      const cache = lru<string>({ ...allowed, bytesOf, clock });
      const model = new Model(allowed, clock);
      for (const one of steps) {
        if (one.do === "wait") await clock.advance(one.ms);
        if (one.do === "setBack") clock.jumpWall(-one.ms);

        expect(outcome(one, cache)).toEqual(outcome(one, model));
        expect(cache.size).toBeLessThanOrEqual(allowed.max);
        expect(cache.bytes).toBeLessThanOrEqual(allowed.maxBytes ?? 0);
      }
    }),
    { numRuns: 300 },
  );
});

test.each([
  ["as it comes", {}],
  ["reading the clock for each hit", { ttlResolution: milliseconds(0) }],
])(
  "an entry is visible until its life is over, to the millisecond, from the clock's first moment, %s",
  async (_how, options) => {
    const clock = new ManualClock();
    const cache = lru<number>({ ttl: milliseconds(10), clock, ...options });

    cache.set("a", 1);
    await clock.advance(9);
    expect(cache.get("a")).toBe(1);

    await clock.advance(1);
    expect(cache.get("a")).toBeUndefined();
  },
);

test("null is a value like any other, and undefined is none", () => {
  const cache = lru<string | null | undefined>({ ttl: seconds(10) });

  cache.set("a", null);
  expect(cache.get("a")).toBeNull();

  cache.set("a", undefined);
  expect([...cache.keys()]).toEqual([]);
});

test("setting the wall clock back does not revive an expired entry", async () => {
  const clock = new ManualClock(1_000_000);
  const cache = lru<number>({ ttl: seconds(10), clock });

  cache.set("a", 1);
  await clock.advance(10_000);
  clock.jumpWall(-60_000);

  expect(cache.get("a")).toBeUndefined();
});

test("a coarse cache reads the clock once per resolution, ends an entry early by no more than that, and never late", async () => {
  const clock = new ManualClock();
  let readings = 0;
  const counted: Clock = {
    now: () => clock.now(),
    monotonic: () => {
      readings += 1;
      return clock.monotonic();
    },
    after: (ms, callback) => clock.after(ms, callback),
    sleep: (ms, signal) => clock.sleep(ms, signal),
  };
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 1000 }),
      fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 20 }),
      async (resolutionMs, waits) => {
        const cache = lru<number>({
          ttl: seconds(3),
          ttlResolution: milliseconds(resolutionMs),
          clock: counted,
        });
        cache.set("a", 1);
        const setAtMs = clock.monotonic();
        for (const ms of waits) {
          await clock.advance(ms);
          const ageMs = clock.monotonic() - setAtMs;
          const found = cache.get("a");
          const allowed = ageMs >= 3000 ? [undefined] : [1, undefined];
          expect(ageMs < 3000 - resolutionMs ? [1] : allowed).toContain(found);
        }
        await clock.advance(resolutionMs);
      },
    ),
    { numRuns: 200 },
  );
  expect(clock.pendingTimers).toBe(0);

  const cache = lru<number>({ ttl: seconds(60), ttlResolution: seconds(1), clock: counted });
  cache.set("a", 1);
  readings = 0;
  for (let turn = 0; turn < 100; turn++) cache.get("a");
  expect(readings).toBe(1);
});

test.each([
  ["entries", {}],
  ["bytes as well", { maxBytes: 1_000_000, bytesOf: () => 1 }],
])(
  "a cache bounded in %s takes room for what it holds, not for what it may hold",
  (_how, bound) => {
    const before = process.memoryUsage();
    const caches = Array.from({ length: 500 }, (_, n) => {
      const cache = lru<number>({ max: 20_000, ttl: minutes(5), ...bound });
      cache.set("a", n);
      return cache;
    });
    const { heapUsed, external } = process.memoryUsage();
    // Twelve caches of this size for each of 250 accounts would be gigabytes.
    expect(heapUsed + external - before.heapUsed - before.external).toBeLessThan(50_000_000);
    expect(caches.map((cache) => cache.get("a"))).toEqual(caches.map((_, n) => n));
  },
);

test.each([
  ["in entries", {}],
  ["in bytes as well", { maxBytes: 100, bytesOf: () => 1 }],
])("onEvict says why each entry left a cache bounded %s", async (_how, bound) => {
  const clock = new ManualClock();
  const left: [string, number, EvictReason][] = [];
  const cache = lru<number>({
    ...bound,
    max: 2,
    ttl: milliseconds(10),
    clock,
    onEvict: (...eviction) => left.push(eviction),
  });

  cache.set("a", 1);
  cache.set("a", 2);
  cache.set("b", 3);
  cache.set("c", 4);
  cache.delete("b");
  await clock.advance(10);
  cache.get("c");

  expect(left).toEqual([
    ["a", 1, "set"],
    ["a", 2, "evict"],
    ["b", 3, "delete"],
    ["c", 4, "expire"],
  ]);
});

test("one large entry is refused, and its older value with it, rather than flushing the rest", () => {
  const cache = lru<string>({ maxBytes: 80, bytesOf: (value) => value.length });

  cache.set("small", "x");
  cache.set("large", "y");
  cache.set("large", "y".repeat(11));

  expect(cache.get("large")).toBeUndefined();
  expect(cache.get("small")).toBe("x");
});

test("durations are made with their unit and refuse what is none", () => {
  expect([seconds(1), minutes(1), days(1)]).toEqual([1000, 60_000, 86_400_000]);
  for (const bad of [-1, Number.NaN, Infinity]) {
    expect(() => seconds(bad)).toThrowError(
      expect.objectContaining({ code: "USAGE_INVALID_OPTION" }),
    );
  }
});

test.each([
  ["a bound of nothing", { max: 0 }],
  ["half an entry", { max: 1.5 }],
  ["bytes that nobody counts", { maxBytes: 10 }],
  ["a reading that serves longer than an entry", { ttl: 10, ttlResolution: 10 }],
  ["a misspelt option", { maximum: 10 }],
])("lru() refuses %s", (_what, options) => {
  const attempt = (): unknown => lru(options as LruOptions<unknown>);

  expect(attempt).toThrowError(
    expect.toSatisfy(
      (error) => hasCode(error, "USAGE_INVALID_OPTION") || hasCode(error, "USAGE_UNKNOWN_OPTION"),
    ),
  );
});
