import { expect, test } from "vitest";
import { systemClock } from "@motte/core/clock";
import { ManualClock } from "@motte/core/manual-clock";

test("a system sleep resolves once the time has passed", async () => {
  const before = systemClock.monotonic();

  await systemClock.sleep(5);

  // Timers may fire a fraction of a millisecond early by the monotonic clock.
  expect(systemClock.monotonic() - before).toBeGreaterThanOrEqual(4);
});

test("an aborted sleep rejects with the abort's reason, before and during", async () => {
  await expect(systemClock.sleep(60_000, AbortSignal.abort(new Error("early")))).rejects.toThrow(
    "early",
  );
  const controller = new AbortController();
  const sleeping = systemClock.sleep(60_000, controller.signal);
  controller.abort(new Error("during"));
  await expect(sleeping).rejects.toThrow("during");
});

test("a wait longer than 31 bits does not fire at once", async () => {
  let fired = false;
  const timer = systemClock.after(2 ** 31 + 1_000, () => (fired = true));

  await systemClock.sleep(20);

  expect(fired).toBe(false);
  timer[Symbol.dispose]();
});

test("a cancelled timer never fires", async () => {
  let fired = 0;
  systemClock.after(1, () => fired++)[Symbol.dispose]();
  systemClock.after(1, () => (fired += 10));

  await systemClock.sleep(10);

  expect(fired).toBe(10);
});

test("a manual clock fires timers in the order they fall due, then in the order they were set", async () => {
  const clock = new ManualClock();
  const fired: string[] = [];
  for (const [name, ms] of [
    ["c", 30],
    ["a", 10],
    ["b", 20],
    ["b2", 20],
  ] as const) {
    clock.after(ms, () => fired.push(name));
  }

  await clock.advance(25);

  expect(fired).toEqual(["a", "b", "b2"]);
  expect(clock.nextTimerInMs).toBe(5);
  expect(clock.pendingTimers).toBe(1);
});

test("a timer set by a timer counts from its own firing", async () => {
  const clock = new ManualClock(1_000);
  const stamps: number[] = [];
  void (async () => {
    await clock.sleep(10);
    await clock.sleep(10);
    stamps.push(clock.now());
  })();

  await clock.advance(100);

  expect(stamps).toEqual([1_020]);
});

test("a jump of the wall clock moves neither the monotonic reading nor the timers", async () => {
  const clock = new ManualClock(1_000);
  let fired = false;
  clock.after(50, () => (fired = true));

  clock.jumpWall(3_600_000);
  await clock.advance(10);

  expect([clock.now(), clock.monotonic(), fired]).toEqual([3_601_010, 10, false]);
});

test("an aborted sleep leaves no timer behind", async () => {
  const clock = new ManualClock();
  const controller = new AbortController();
  const sleeping = clock.sleep(10, controller.signal);
  controller.abort(new Error("stopped"));

  await expect(sleeping).rejects.toThrow("stopped");
  expect(clock.pendingTimers).toBe(0);
});
