import { expect, test } from "vitest";
import { ManualClock } from "@motte/core/manual-clock";
import { flakyKV } from "@motte/store-kit/testing";
import {
  type KV,
  type TieredCache,
  type TieredOptions,
  jsonCodec,
  lru,
  memoryKV,
  seconds,
  tiered,
  typed,
} from "@motte/store-kit";

function levels(
  l2: (clock: ManualClock) => KV,
  options: Partial<TieredOptions<string>>,
): { cache: TieredCache<string>; clock: ManualClock; errors: Error[] } {
  const clock = new ManualClock(1_000_000);
  const errors: Error[] = [];
  const cache = tiered<string>({
    l1: lru({ clock, ttlResolution: seconds(0) }),
    l2: l2(clock),
    codec: jsonCodec(),
    ttl: seconds(60),
    onError: (error) => errors.push(error),
    clock,
    ...options,
  });
  return { cache, clock, errors };
}

test("failing open, a second level that never answers is not waited for longer than allowed", async () => {
  let hangs = false;
  const { cache, clock, errors } = levels(
    (time) => flakyKV(memoryKV({ clock: time }), () => (hangs ? "hang" : undefined)),
    { onL2Error: "fail-open", l2Timeout: seconds(2) },
  );
  await cache.set("old", "old");
  hangs = true;

  const answers = Promise.all([
    cache.get("unknown"),
    cache.set("k", "v"),
    cache.deleteMany(["old"]),
  ]);
  await clock.advance(2000);
  expect(await answers).toEqual([undefined, undefined, undefined]);
  expect([await cache.get("k"), cache.peek("old")]).toEqual(["v", undefined]);
  const cleared = cache.clear();
  await clock.advance(10_000);
  await cleared;
  expect(cache.peek("k")).toBeUndefined();
  expect(errors.every((error) => "code" in error && error.code === "DEADLINE_EXCEEDED")).toBe(true);

  hangs = false;
  await clock.advance(2000);
  await cache.get("k");
  await clock.advance(0);
  await cache.set("k", "back");
  expect([await cache.get("k"), cache.stats().dirty]).toEqual(["back", 0]);
  expect(clock.pendingTimers).toBe(0);
});

test("an answer to failures that is not one is refused", () => {
  const options: object = { onL2Error: "fail" };
  expect(() => levels((clock) => memoryKV({ clock }), options)).toThrowError(
    expect.objectContaining({ code: "USAGE_INVALID_OPTION" }),
  );
});

test("failing open, a read that a failed write overtakes answers what was written", async () => {
  let release: (() => void) | undefined;
  const stored = memoryKV();
  await typed<string>(stored, { codec: jsonCodec() }).set("k", "old");
  const { cache } = levels(
    () =>
      flakyKV(stored, ({ operation }) =>
        operation === "write"
          ? "fail"
          : new Promise((resolve) => (release = () => resolve(undefined))),
      ),
    { onL2Error: "fail-open" },
  );

  const read = cache.get("k");
  await cache.set("k", "new");
  release?.();
  expect(await read).toBe("new");
});
