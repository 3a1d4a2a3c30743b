import { expect, test } from "vitest";
import { ManualClock } from "@motte/core/manual-clock";
import { failOpen, milliseconds } from "@motte/store-kit";

test("what works is answered as it is", async () => {
  const double = failOpen(async (number: number) => number * 2, { answer: 0 });

  expect(await double(2)).toBe(4);
});

test("what throws, rejects or takes too long is answered all the same, and told of", async () => {
  const clock = new ManualClock();
  const errors: unknown[] = [];
  const onError = (error: Error): void => void errors.push(error);
  const options = { answer: undefined, onError, clock, timeout: milliseconds(100) };
  const thrown = new Error("thrown");

  const throws = failOpen<[], string | undefined>(() => {
    throw thrown;
  }, options);
  const rejects = failOpen<[], string | undefined>(async () => Promise.reject(thrown), options);
  const hangs = failOpen<[], string | undefined>(() => new Promise(() => {}), options);
  expect([await throws(), await rejects()]).toEqual([undefined, undefined]);
  const waiting = hangs();
  await clock.advance(100);

  expect(await waiting).toBeUndefined();
  expect(errors).toMatchObject([thrown, thrown, { code: "DEADLINE_EXCEEDED" }]);
  expect(clock.pendingTimers).toBe(0);
});
