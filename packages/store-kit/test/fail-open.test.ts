import { expect, test } from "vitest";
import { ManualClock } from "@motte/core/manual-clock";
import { failOpen, milliseconds, seconds } from "@motte/store-kit";

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

test("what took too long is tried by one call after a while, and called by all once that was answered", async () => {
  const clock = new ManualClock();
  let calls = 0;
  let hangs = true;
  const work = failOpen<[], string>(
    () => {
      calls += 1;
      return hangs ? new Promise(() => {}) : Promise.resolve("worked");
    },
    {
      answer: "given up",
      timeout: milliseconds(100),
      retryAfter: seconds(1),
      onError: () => {},
      clock,
    },
  );
  const first = work();
  await clock.advance(100);
  expect([await first, await work(), calls]).toEqual(["given up", "given up", 1]);
  await clock.advance(1000);
  hangs = false;
  expect(await Promise.all([work(), work()])).toEqual(["worked", "given up"]);
  expect(await Promise.all([work(), work()])).toEqual(["worked", "worked"]);
  expect(calls).toBe(4);
});
