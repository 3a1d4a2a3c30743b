import { describe, expect, test } from "vitest";
import { ManualClock } from "@motte/core/manual-clock";
import { hours, minutes, readThrough, seconds } from "@motte/store-kit";
import { GROUP, member, metadata } from "./support/groups.ts";
import { open, refusal } from "./support/open-groups.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("while a server refuses, and its time to be asked again is far", () => {
  test("whoever needs what is not known does not wait in vain", async () => {
    const clock = new ManualClock();
    const tooMany = Object.assign(new Error("too many"), { status: 429 });
    let refuses = true;
    let loads = 0;
    const cache = readThrough({
      ttl: minutes(1),
      minLoadInterval: seconds(20),
      loadTimeout: seconds(30),
      clock,
      load: async () => {
        loads += 1;
        if (refuses) throw tooMany;
        return "value";
      },
    });
    await expect(cache.get("a")).rejects.toBe(tooMany);
    // Forty seconds from here on: at once, without a clock that moves.
    await expect(cache.get("b")).rejects.toBe(tooMany);
    expect([loads, cache.stats().inflight, clock.pendingTimers]).toEqual([1, 0, 0]);
    // Now it is near enough to be waited for.
    await clock.advance(15_000);
    refuses = false;
    const waited = cache.get("b");
    await clock.advance(25_000);
    expect(await waited).toBe("value");
    expect(await cache.get("b")).toBe("value");
    expect(loads).toBe(2);
  });

  test("a send is not held up, and sends that go on with what is known say so once", async () => {
    const { groups, clock, fetched, errors } = open(() => Promise.reject(refusal(429)), {
      minFetchInterval: minutes(1),
    });
    groups.ingest({ "groups.upsert": [metadata([member(1)])] });
    await clock.advance(hours(2));
    expect((await groups.cachedGroupMetadata(GROUP))?.id).toBe(GROUP);
    expect([fetched, errors.length]).toEqual([[GROUP], 1]);
    for (let send = 0; send < 20; send++) await groups.cachedGroupMetadata(GROUP);
    await turn();
    expect([fetched, errors.length]).toEqual([[GROUP], 1]);
    expect(await groups.cachedGroupMetadata("2@g.us")).toBeUndefined();
    expect(fetched).toEqual([GROUP]);
  });
});

test("a value that is too old already does not serve for longer since it was softly invalidated", async () => {
  const clock = new ManualClock();
  let fails = false;
  const cache = readThrough({
    ttl: seconds(10),
    jitter: 0,
    staleIfError: seconds(10),
    onError: () => {},
    clock,
    load: async () => {
      if (fails) throw new Error("down");
      return 1;
    },
  });
  await cache.get("k");
  fails = true;
  await clock.advance(15_000);
  cache.invalidate("k", { soft: true });
  await clock.advance(4999);
  expect(await cache.get("k")).toBe(1);
  await clock.advance(1);
  await expect(cache.get("k")).rejects.toThrow("down");
});
