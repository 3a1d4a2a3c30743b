import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ManualClock } from "@motte/core/manual-clock";
import { seededRandom } from "@motte/core/random";
import { type Millis, milliseconds, readThrough, seconds } from "@motte/store-kit";

const exact = { ttl: seconds(10), jitter: 0 } as const;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function isAtLeast(actual: number, least: number): void {
  expect(actual).toBeGreaterThanOrEqual(least);
}

// Values are numbered by when their load was started or they were put, so that "from before" can be told.
test("whatever the order: one load per epoch, nothing from before a hard invalidation, no rejection, no leak", async () => {
  const key = fc.constantFrom("a", "b");
  const action = fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constant("get" as const), key }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("invalidate" as const), key }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("soften" as const), key }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("put" as const), key }) },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(action, { minLength: 1, maxLength: 25 }),
      fc.integer({ min: 1, max: 2 }),
      async (scheduler, actions, max) => {
        let order = 0;
        const lastHard = new Map<string, number>();
        const lastChange = new Map<string, number>();
        const lastLoad = new Map<string, number>();
        const cache = readThrough<number>({
          ...exact,
          max,
          clock: new ManualClock(),
          staleWhileRevalidate: seconds(5),
          load: async (name) => {
            const started = ++order;
            // Two loads of one epoch: the second was not needed, unless the bound on entries pushed the first one out.
            if (max === 2) isAtLeast(lastChange.get(name) ?? 0, lastLoad.get(name) ?? -1);
            lastLoad.set(name, started);
            await scheduler.schedule(Promise.resolve(), `load ${name}`);
            return started;
          },
        });

        const answers: Promise<void>[] = [];
        const act = ({ do: what, key: name }: (typeof actions)[number]): void => {
          if (what === "get") {
            const notBefore = lastHard.get(name) ?? 0;
            answers.push(cache.get(name).then((value) => isAtLeast(value ?? -1, notBefore + 1)));
            return;
          }
          lastChange.set(name, ++order);
          if (what === "soften") return cache.invalidate(name, { soft: true });
          lastHard.set(name, order);
          if (what === "invalidate") cache.invalidate(name);
          else cache.put(name, ++order);
        };
        const { task } = scheduler.scheduleSequence(
          actions.map((one) => ({ label: one.do, builder: async () => act(one) })),
        );
        await scheduler.waitFor(task);
        await scheduler.waitFor(Promise.all(answers));
        await scheduler.waitIdle();

        expect(cache.stats()).toMatchObject({ inflight: 0 });
        expect(cache.stats().size).toBeLessThanOrEqual(max);
      },
    ),
    { numRuns: 100 },
  );
});

test("a value is never older than its ttl, the jitter and what staleness is allowed", async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 60 }) }),
    fc.record({ do: fc.constant("get" as const), fails: fc.boolean() }),
  );
  const life = fc.integer({ min: 0, max: 40 }).map(milliseconds);
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 40 }),
      fc.record({ staleWhileRevalidate: life, staleIfError: life }),
      fc.constantFrom(0, 0.5),
      async (steps, allowed, jitter) => {
        const clock = new ManualClock();
        let fails = false;
        let failed = false;
        const ttl: Millis = milliseconds(20);
        const cache = readThrough<number>({
          ...allowed,
          ttl,
          jitter,
          clock,
          random: seededRandom("ages"),
          onError: () => {},
          load: async () => {
            failed = fails;
            if (fails) throw new Error("load");
            return clock.monotonic();
          },
        });
        for (const one of steps) {
          if (one.do === "wait") await clock.advance(one.ms);
          else {
            fails = one.fails;
            const loadedAt = await cache.get("k").catch(() => clock.monotonic());
            await turn();
            const excuse = failed ? allowed.staleIfError : 0;
            const limit = ttl * (1 + jitter) + Math.max(allowed.staleWhileRevalidate, excuse);
            isAtLeast(limit, clock.monotonic() - (loadedAt ?? 0));
          }
        }
      },
    ),
    { numRuns: 100 },
  );
});
