import { once } from "node:events";
import { setImmediate } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { withDeadline } from "@motte/core/deadline";
import { ManualClock } from "@motte/core/manual-clock";
import { expect, test } from "vitest";

const late = { code: "DEADLINE_EXCEEDED", message: "The answer did not finish within 100 ms" };

function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

test("work that settles in time settles as it does, and work that does not is late", async () => {
  const clock = new ManualClock();
  const options = { what: "The answer", ms: 100, clock };
  await expect(withDeadline(Promise.resolve(1), options)).resolves.toBe(1);
  await expect(withDeadline(Promise.reject(new RangeError("no")), options)).rejects.toThrow("no");
  const never = withDeadline(new Promise(() => {}), options);
  const outcome = never.catch((error: unknown) => error);
  await clock.advance(100);
  expect(await outcome).toMatchObject(late);
});

test("an answer that came while the process stood still is not late", async () => {
  const answering = new Worker(
    `const { parentPort } = require("node:worker_threads");
     parentPort.on("message", (question) => parentPort.postMessage(question));`,
    { eval: true },
  );
  await once(answering, "online");
  const ask = async (): Promise<unknown> => {
    const answer = once(answering, "message");
    answering.postMessage("question", []);
    const [found] = await answer;
    return found;
  };
  // Once before, so that the thread has begun to listen.
  expect(await ask()).toBe("question");

  // After what runs at the end of a turn come the timers of the next, and only then what was sent meanwhile.
  await setImmediate();
  const asked = withDeadline(ask(), { what: "The answer", ms: 100 });
  standStill(1000);

  expect(await asked).toBe("question");
  await answering.terminate();
});

test("without an answer, a process that stood still is told so at once", async () => {
  const asked = withDeadline(new Promise(() => {}), { what: "The answer", ms: 100 });
  standStill(300);
  await expect(asked).rejects.toMatchObject(late);
});
