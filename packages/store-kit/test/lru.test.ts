import fc from "fast-check";
import { expect, test } from "vitest";
import { hasCode } from "@motte/core/errors";
import { ManualClock } from "@motte/core/manual-clock";
import {
  type EvictReason,
  type Millis,
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

const key = fc.constantFrom(...KEYS);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom("get", "delete"), key }),
  fc.record({
    do: fc.constant("set"),
    key,
    value: fc.string({ maxLength: 6 }),
    ttl: fc.option(fc.integer({ min: 0, max: 5 }).map(milliseconds), { nil: undefined }),
  }),
  fc.record({ do: fc.constant("wait"), ms: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ do: fc.constant("setBack"), ms: fc.integer({ min: 1, max: 50 }) }),
  fc.record({ do: fc.constant("clear") }),
);

/** What an `lru` promises, written as a list in order of use. */
class Model {
  entries: { key: string; value: string; dueMs: number }[] = [];

  constructor(
    readonly max: number,
    readonly maxBytes: number,
    readonly ttl: Millis,
  ) {}

  get(wanted: string, nowMs: number): string | undefined {
    const entry = this.entries.find(({ key }) => key === wanted);
    if (entry === undefined) return undefined;
    this.delete(wanted);
    if (nowMs >= entry.dueMs) return undefined;
    this.entries.unshift(entry);
    return entry.value;
  }

  set(key: string, value: string, ttl: Millis | undefined, nowMs: number): void {
    this.delete(key);
    const life = ttl ?? this.ttl;
    if (life === 0 || bytesOf(value) > Math.floor(this.maxBytes / 8)) return;
    this.entries.unshift({ key, value, dueMs: nowMs + life });
    while (this.entries.length > this.max || this.bytes > this.maxBytes) this.entries.pop();
  }

  delete(unwanted: string): boolean {
    const before = this.entries.length;
    this.entries = this.entries.filter(({ key }) => key !== unwanted);
    return this.entries.length < before;
  }

  get bytes(): number {
    return this.entries.reduce((sum, { value }) => sum + bytesOf(value), 0);
  }
}

const bytesOf = (value: string): number => Math.max(1, value.length);

test("lru() does what a list ordered by use with deadlines does, within both bounds", () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 60 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 8, max: 40 }),
      fc.integer({ min: 1, max: 6 }).map(milliseconds),
      (steps, max, maxBytes, ttl) => {
        const clock = new ManualClock(1000);
        const cache = lru<string>({ max, maxBytes, bytesOf, ttl, clock });
        const model = new Model(max, maxBytes, ttl);
        for (const one of steps) {
          if (one.do === "wait") void clock.advance(one.ms);
          else if (one.do === "setBack") clock.jumpWall(-one.ms);
          else if (one.do === "set") {
            cache.set(one.key, one.value, one.ttl === undefined ? {} : { ttl: one.ttl });
            model.set(one.key, one.value, one.ttl, clock.monotonic());
          } else if (one.do === "get") {
            expect(cache.get(one.key)).toBe(model.get(one.key, clock.monotonic()));
          } else if (one.do === "delete") {
            expect(cache.delete(one.key)).toBe(model.delete(one.key));
          } else {
            cache.clear();
            model.entries = [];
          }
          expect([...cache.keys()]).toEqual(model.entries.map((entry) => entry.key));
          expect(cache.size).toBeLessThanOrEqual(max);
          expect(cache.bytes).toBe(model.bytes);
          expect(cache.bytes).toBeLessThanOrEqual(maxBytes);
        }
      },
    ),
    { numRuns: 500 },
  );
});

test("an entry is visible until its life is over, to the millisecond, from the clock's first moment", async () => {
  const clock = new ManualClock();
  const cache = lru<number>({ ttl: milliseconds(10), clock });

  cache.set("a", 1);
  await clock.advance(9);
  expect(cache.get("a")).toBe(1);

  await clock.advance(1);
  expect(cache.get("a")).toBeUndefined();
});

test("setting the wall clock back does not revive an expired entry", async () => {
  const clock = new ManualClock(1_000_000);
  const cache = lru<number>({ ttl: seconds(10), clock });

  cache.set("a", 1);
  await clock.advance(10_000);
  clock.jumpWall(-60_000);

  expect(cache.get("a")).toBeUndefined();
});

test("a coarse cache reads the clock once per resolution and is late by no more than that", async () => {
  const clock = new ManualClock();
  const cache = lru<number>({ ttl: seconds(60), ttlResolution: seconds(1), clock });

  cache.set("a", 1);
  await clock.advance(59_999);
  expect(cache.get("a")).toBe(1);
  await clock.advance(999);
  expect(cache.get("a")).toBe(1);

  await clock.advance(2);
  expect(cache.get("a")).toBeUndefined();
});

test("onEvict says why each entry left", async () => {
  const clock = new ManualClock();
  const left: [string, number, EvictReason][] = [];
  const cache = lru<number>({
    max: 2,
    ttl: milliseconds(10),
    clock,
    onEvict: (key, value, why) => left.push([key, value, why]),
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
  ["a misspelt option", { maximum: 10 }],
])("lru() refuses %s", (_what, options) => {
  const attempt = (): unknown => lru(options);

  expect(attempt).toThrowError(
    expect.toSatisfy(
      (error) => hasCode(error, "USAGE_INVALID_OPTION") || hasCode(error, "USAGE_UNKNOWN_OPTION"),
    ),
  );
});
