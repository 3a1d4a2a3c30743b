import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ManualClock } from "@motte/core/manual-clock";
import { type KVFault, flakyKV } from "@motte/store-kit/testing";
import {
  type InvalidationBus,
  type KV,
  type TieredCache,
  type TieredOptions,
  jsonCodec,
  lru,
  memoryKV,
  milliseconds,
  minutes,
  seconds,
  tiered,
} from "@motte/store-kit";

interface Levels {
  readonly cache: TieredCache<string>;
  readonly clock: ManualClock;
  readonly errors: Error[];
}

function levels(
  l2: (clock: ManualClock) => KV,
  options: Partial<TieredOptions<string>> & { readonly max?: number } = {},
): Levels {
  const clock = new ManualClock(1_000_000);
  const errors: Error[] = [];
  const { max = 100, ...rest } = options;
  const cache = tiered<string>({
    l1: lru({ max, clock }),
    l2: l2(clock),
    codec: jsonCodec(),
    ttl: seconds(60),
    onError: (error) => errors.push(error),
    clock,
    ...rest,
  });
  return { cache, clock, errors };
}

test("what was found in the second level is answered by the first from then on", async () => {
  let reads = 0;
  const { cache, clock } = levels((time) =>
    flakyKV(memoryKV({ clock: time }), ({ operation }) => {
      if (operation === "getMany") reads += 1;
      return undefined;
    }),
  );
  await cache.set("k", "v");
  await clock.advance(10_000);

  expect(await cache.get("k")).toBe("v");
  expect(cache.peek("k")).toBe("v");
  expect(reads).toBe(0);
  expect(cache.stats()).toEqual({
    l1Hits: 1,
    l2Hits: 0,
    misses: 0,
    l2Errors: 0,
    l2Skipped: 0,
    dirty: 0,
  });
});

test("an entry taken from the second level does not live longer than it would have there", async () => {
  const kv = memoryKV;
  let shared: KV | undefined;
  const { cache, clock } = levels((time) => (shared = kv({ clock: time })), { max: 1 });
  await cache.set("k", "v");
  await cache.set("other", "pushes k out");

  await clock.advance(59_999);
  expect(await cache.get("k")).toBe("v");
  await clock.advance(1);

  expect(cache.peek("k")).toBeUndefined();
  expect(await cache.get("k")).toBeUndefined();
  expect((await shared?.getMany(["k"]))?.size).toBe(0);
});

test("the first level looks again after its own time", async () => {
  let behind: KV | undefined;
  const { cache, clock } = levels((time) => (behind = memoryKV({ clock: time })), {
    l1Ttl: seconds(5),
  });
  await cache.set("k", "old");
  const other = tiered<string>({
    l1: lru({ clock }),
    l2: behind ?? memoryKV(),
    codec: jsonCodec(),
    ttl: minutes(1),
    clock,
  });
  await other.set("k", "new");

  expect(await cache.get("k")).toBe("old");
  await clock.advance(5_000);
  expect(await cache.get("k")).toBe("new");
});

test("a write that the second level refuses is not left in the first", async () => {
  let fails = false;
  const { cache } = levels((clock) =>
    flakyKV(memoryKV({ clock }), ({ operation }) =>
      fails && operation === "write" ? "fail" : undefined,
    ),
  );
  await cache.setMany([
    ["a", "before"],
    ["b", "before"],
  ]);

  fails = true;
  await expect(
    cache.setMany([
      ["a", "after"],
      ["b", "after"],
    ]),
  ).rejects.toMatchObject({ code: "STORE_KIT_UNAVAILABLE" });
  await expect(cache.deleteMany(["a"])).rejects.toMatchObject({ code: "STORE_KIT_UNAVAILABLE" });

  expect(await cache.getMany(["a", "b"])).toEqual(
    new Map([
      ["a", "before"],
      ["b", "before"],
    ]),
  );
});

test("what cannot be encoded is refused and leaves the old value", async () => {
  const clock = new ManualClock();
  const cache = tiered<unknown>({
    l1: lru({ clock }),
    l2: memoryKV({ clock }),
    codec: jsonCodec(),
    ttl: seconds(60),
    clock,
  });
  await cache.set("k", 1);

  await expect(cache.set("k", new Map())).rejects.toThrow(TypeError);
  expect(await cache.get("k")).toBe(1);
});

test("failing open, what the second level missed is not believed until it has caught up", async () => {
  let fault: KVFault | undefined;
  const { cache, errors } = levels((clock) => flakyKV(memoryKV({ clock }), () => fault), {
    max: 1,
    onL2Error: "fail-open",
  });
  await cache.set("k", "old");

  fault = "fail";
  await cache.set("k", "new");
  expect(await cache.get("k")).toBe("new");
  await cache.set("other", "pushes k out");
  expect(cache.stats().dirty).toBe(2);
  expect(errors).toHaveLength(2);

  fault = undefined;
  expect(await cache.get("k")).toBeUndefined();
  await new Promise((resolve) => setImmediate(resolve));
  expect(cache.stats().dirty).toBe(0);
  expect(await cache.get("k")).toBeUndefined();
});

test("failing open, more missed keys than can be told apart make nothing believed until all is cleared", async () => {
  let fault: KVFault | undefined;
  const { cache, clock } = levels((time) => flakyKV(memoryKV({ clock: time }), () => fault), {
    onL2Error: "fail-open",
    max: 5,
  });
  await cache.set("old", "old");
  fault = "fail";
  await cache.setMany(
    Array.from({ length: 10_001 }, (_, index): [string, string] => [`${index}`, "new"]),
  );
  expect(cache.stats().dirty).toBe(Infinity);
  expect(await cache.get("old")).toBeUndefined();

  fault = undefined;
  await clock.advance(1000);
  await cache.set("k", "v");
  await clock.advance(0);

  expect(cache.stats().dirty).toBe(0);
  expect(await cache.get("old")).toBeUndefined();
});

test("a damaged entry is an error, or a miss that is heard of where it fails open", async () => {
  const kv = memoryKV();
  await kv.write([{ key: "k", value: Buffer.from("not what a codec wrote") }]);
  const strict = levels(() => kv);
  const open = levels(() => kv, { onL2Error: "fail-open" });

  await expect(strict.cache.get("k")).rejects.toMatchObject({ code: "STORE_KIT_BODY_UNREADABLE" });
  expect(await open.cache.get("k")).toBeUndefined();
  expect(open.errors).toMatchObject([{ code: "STORE_KIT_BODY_UNREADABLE" }]);
});

test("a change made in another process is seen once the bus tells of it, and no more after disposal", async () => {
  const listeners = new Set<(keys: readonly string[] | undefined) => void>();
  const bus: InvalidationBus = {
    publish: (keys) => listeners.forEach((listen) => listen(keys)),
    subscribe: (listen) => {
      listeners.add(listen);
      return { [Symbol.dispose]: () => void listeners.delete(listen) };
    },
  };
  const kv = memoryKV({ clock: new ManualClock() });
  const [one, other] = [levels(() => kv, { bus }), levels(() => kv, { bus })];
  await one.cache.set("k", "first");
  expect(await other.cache.get("k")).toBe("first");

  await one.cache.set("k", "second");
  expect(await other.cache.get("k")).toBe("second");
  await one.cache.clear();
  expect(await other.cache.get("k")).toBeUndefined();

  one.cache[Symbol.dispose]();
  other.cache[Symbol.dispose]();
  expect(listeners.size).toBe(0);
});

const KEYS = ["a", "b", "c", "__proto__"];
const key = fc.constantFrom(...KEYS);

const sequentialStep = fc.oneof(
  fc.record({ do: fc.constant("get" as const), keys: fc.array(key, { maxLength: 3 }) }),
  fc.record({
    do: fc.constant("set" as const),
    keys: fc.array(key, { minLength: 1, maxLength: 3 }),
    ttl: fc.option(fc.integer({ min: 0, max: 30 }).map(milliseconds), { nil: undefined }),
  }),
  fc.record({ do: fc.constant("delete" as const), keys: fc.array(key, { maxLength: 2 }) }),
  fc.record({ do: fc.constant("clear" as const) }),
  fc.record({ do: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 20 }) }),
  fc.record({ do: fc.constant("restart" as const) }),
);

test("two levels do what one map with deadlines does, whatever the first pushes out and whenever it restarts", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(sequentialStep, { maxLength: 30 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 40 }).map(milliseconds),
      async (steps, max, l1Ttl) => {
        const clock = new ManualClock(1_000_000);
        const kv = memoryKV({ clock });
        const start = (): TieredCache<string> =>
          tiered<string>({
            l1: lru({ max, clock }),
            l2: kv,
            codec: jsonCodec(),
            ttl: milliseconds(20),
            l1Ttl,
            clock,
          });
        let cache = start();
        let count = 0;
        const model = new Map<string, { value: string; dueMs: number }>();
        for (const step of steps) {
          if (step.do === "wait") await clock.advance(step.ms);
          else if (step.do === "restart") cache = start();
          else if (step.do === "clear") {
            await cache.clear();
            model.clear();
          } else if (step.do === "delete") {
            await cache.deleteMany(step.keys);
            step.keys.forEach((each) => model.delete(each));
          } else if (step.do === "set") {
            const value = `value ${++count}`;
            const { ttl } = step;
            await cache.setMany(
              step.keys.map((each) => [each, value] as const),
              ttl === undefined ? {} : { ttl },
            );
            const dueMs = clock.monotonic() + (ttl ?? 20);
            step.keys.forEach((each) => model.set(each, { value, dueMs }));
          } else {
            const alive = step.keys.filter(
              (each) => (model.get(each)?.dueMs ?? 0) > clock.monotonic(),
            );
            equals(
              await cache.getMany(step.keys),
              new Map(alive.map((each) => [each, model.get(each)?.value])),
            );
            for (const each of step.keys) {
              const value = alive.includes(each) ? model.get(each)?.value : undefined;
              equals(await cache.get(each), value);
            }
          }
        }
      },
    ),
    { numRuns: 100 },
  );
});

test("whatever overtakes what, both levels agree in the end and no read goes back in time", async () => {
  const action = fc.record({
    do: fc.constantFrom("get" as const, "get" as const, "set" as const, "delete" as const),
    key: fc.constantFrom("a", "b"),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(action, { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 2 }),
      fc.boolean(),
      async (scheduler, actions, max, clears) => {
        const clock = new ManualClock(1_000_000);
        const kv = memoryKV({ clock });
        // Slow on the way there and on the way back, so that an answer may be out of date when it arrives.
        const slow: KV = {
          ...kv,
          getMany: async (keys) => {
            await scheduler.schedule(Promise.resolve(), "asks");
            const found = await kv.getMany(keys);
            await scheduler.schedule(Promise.resolve(), "is answered");
            return found;
          },
          write: async (changes) => {
            await scheduler.schedule(Promise.resolve(), "writes");
            await kv.write(changes);
            await scheduler.schedule(Promise.resolve(), "has written");
          },
        };
        const cache = tiered<number>({
          l1: lru({ max, clock }),
          l2: slow,
          codec: jsonCodec(),
          ttl: minutes(1),
          clock,
        });
        let count = 0;
        // Writes of a key are made in order, so once one is acknowledged no later read may see an earlier one.
        const acknowledged = new Map<string, number>();
        const running: Promise<unknown>[] = [];
        const act = ({ do: what, key: name }: (typeof actions)[number]): void => {
          const number = ++count;
          if (what === "get") {
            const atLeast = acknowledged.get(name) ?? 0;
            running.push(cache.get(name).then((value) => isAtLeast(value ?? Infinity, atLeast)));
            return;
          }
          const change = what === "set" ? cache.set(name, number) : cache.deleteMany([name]);
          running.push(
            change.then(() =>
              acknowledged.set(name, Math.max(number, acknowledged.get(name) ?? 0)),
            ),
          );
        };
        const sequence = actions.map((one) => ({ label: one.do, builder: async () => act(one) }));
        if (clears) {
          sequence.push({
            label: "clear" as "get",
            builder: async () => void running.push(cache.clear()),
          });
        }
        await scheduler.waitFor(scheduler.scheduleSequence(sequence).task);
        await scheduler.waitFor(Promise.all(running));

        for (const name of ["a", "b"]) {
          const near = cache.peek(name);
          const entry = (await kv.getMany([name])).get(name);
          const far = entry && JSON.parse(Buffer.from(entry.value).subarray(6).toString());
          equals(near ?? far, far);
        }
      },
    ),
    { numRuns: 100 },
  );
});

test("failing open, every call is answered, and by nothing older than what was acknowledged last", async () => {
  const fault = fc.constantFrom<KVFault | undefined>(undefined, undefined, "fail", "fail-after");
  const step = fc.record({
    do: fc.constantFrom("get" as const, "set" as const, "delete" as const, "clear" as const),
    key,
    faults: fc.array(fault, { maxLength: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 25 }),
      fc.integer({ min: 1, max: 3 }),
      async (steps, max) => {
        let script: (KVFault | undefined)[] = [];
        const { cache, clock } = levels(
          (time) => flakyKV(memoryKV({ clock: time }), () => script.shift()),
          { onL2Error: "fail-open", max },
        );
        const model = new Map<string, string>();
        let count = 0;
        for (const { do: what, key: name, faults } of steps) {
          script = [...faults];
          if (what === "set") {
            const value = `value ${++count}`;
            await cache.set(name, value);
            model.set(name, value);
          } else if (what === "delete") {
            await cache.deleteMany([name]);
            model.delete(name);
          } else if (what === "clear") {
            await cache.clear();
            model.clear();
          } else {
            equals([undefined, model.get(name)].includes(await cache.get(name)), true);
          }
        }
        script = [];
        await clock.advance(1000);
        await cache.get("heals");
        await clock.advance(0);
        expect(cache.stats().dirty).toBe(0);
        for (const name of KEYS) {
          expect([undefined, model.get(name)]).toContain(await cache.get(name));
        }
      },
    ),
    { numRuns: 100 },
  );
});

function equals(actual: unknown, expected: unknown): void {
  expect(actual).toEqual(expected);
}

function isAtLeast(actual: number, least: number): void {
  expect(actual).toBeGreaterThanOrEqual(least);
}
