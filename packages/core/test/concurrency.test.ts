import * as fc from "fast-check";
import { expect, test } from "vitest";
import { CleanupStack } from "@motte/core/cleanup";
import { DeadlineError, withDeadline } from "@motte/core/deadline";
import { KeyedMutex } from "@motte/core/keyed-mutex";
import { ManualClock } from "@motte/core/manual-clock";

test("work on one key never overlaps and keeps its order, under any interleaving", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.constantFrom("a", "b"), { minLength: 1, maxLength: 8 }),
      async (scheduler, keys) => {
        const mutex = new KeyedMutex();
        const running = new Map<string, number>();
        const finished: Record<string, number[]> = {};
        const jobs = keys.map((key, index) =>
          mutex.run(key, async () => {
            running.set(key, (running.get(key) ?? 0) + 1);
            expect(running.get(key)).toBe(1);
            await scheduler.schedule(Promise.resolve());
            running.set(key, 0);
            (finished[key] ??= []).push(index);
          }),
        );
        await scheduler.waitFor(Promise.all(jobs));
        for (const order of Object.values(finished)) {
          expect(order).toEqual(order.toSorted((one, other) => one - other));
        }
        await Promise.resolve();
        expect(mutex.size).toBe(0);
      },
    ),
  );
});

test("a job that fails does not stop the next one, and its caller sees the failure", async () => {
  const mutex = new KeyedMutex();
  const failing = mutex.run("k", () => Promise.reject(new Error("first")));
  const next = mutex.run("k", () => "second");

  await expect(failing).rejects.toThrow("first");
  await expect(next).resolves.toBe("second");
});

test("jobs on different keys overlap", async () => {
  const mutex = new KeyedMutex();
  const gate = new EventTarget();
  const opened = new Promise((resolve) => gate.addEventListener("open", resolve));
  const held = mutex.run("a", () => opened);

  await expect(mutex.run("b", () => "ran")).resolves.toBe("ran");

  gate.dispatchEvent(new Event("open"));
  await held;
});

test("clean-up runs last in, first out, and goes on after a step that throws", async () => {
  const steps: string[] = [];
  const stack = new CleanupStack();
  stack.defer(() => steps.push("first"));
  stack.defer(() => Promise.reject(new Error("second")));
  stack.use({ [Symbol.dispose]: () => void steps.push("third") });
  stack.use({ [Symbol.asyncDispose]: async () => void steps.push("fourth") });

  await expect(stack.dispose()).rejects.toThrow("second");

  expect(steps).toEqual(["fourth", "third", "first"]);
  await expect(stack.dispose()).resolves.toBeUndefined();
});

test("several failing clean-up steps come out together", async () => {
  const stack = new CleanupStack();
  stack.defer(() => Promise.reject(new Error("one")));
  stack.defer(() => Promise.reject(new Error("two")));

  await expect(stack.dispose()).rejects.toMatchObject({
    errors: [new Error("two"), new Error("one")],
  });
});

test("a deadline rejects late work and leaves no timer behind for punctual work", async () => {
  const clock = new ManualClock();
  const late = withDeadline(new Promise(() => {}), { what: "The reply", ms: 100, clock });
  const punctual = withDeadline(Promise.resolve("here"), { what: "The reply", ms: 100, clock });

  await expect(punctual).resolves.toBe("here");
  expect(clock.pendingTimers).toBe(1);
  await Promise.all([
    expect(late).rejects.toEqual(new DeadlineError("The reply", 100)),
    clock.advance(100),
  ]);
});
