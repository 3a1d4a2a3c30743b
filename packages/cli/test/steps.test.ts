import { ManualClock } from "@motte/core/manual-clock";
import { expect, test } from "vitest";
import { Report } from "../src/report.ts";
import { StepFailed, Steps } from "../src/demo/steps.ts";

function steps() {
  const lines: string[] = [];
  const clock = new ManualClock();
  const output = { out: (line: string) => void lines.push(line), error: () => {} };
  return { lines, clock, steps: new Steps(new Report(output, false), clock) };
}

/** Words, one more than of this length. */
const seen = (length: number): string => `${"word ".repeat(length / 5)}word`;

test("each step prints its number, what was seen and how long it took", async () => {
  const { lines, clock, steps: demo } = steps();

  await demo.run("QR shown", async () => {
    await clock.advance(12);
    return "there it is";
  });
  await demo.run("QR scanned", async () => "linked");

  expect(lines).toEqual([
    "✓  1 QR shown               there it is (12 ms)",
    "✓  2 QR scanned             linked (0 ms)",
  ]);
});

test("what does not fit goes on under what was seen, its time in one piece", async () => {
  const { lines, steps: demo } = steps();
  await demo.run("QR shown", async () => seen(45));
  await demo.run("QR shown", async () => seen(60));

  const indent = " ".repeat(28);
  expect(lines).toEqual([
    `✓  1 QR shown               ${seen(45)}`,
    `${indent}(0 ms)`,
    `✓  2 QR shown               ${seen(45)}`,
    `${indent}${seen(10)} (0 ms)`,
  ]);
});

test("a step that does not hold says so and names itself", async () => {
  const { lines, steps: demo } = steps();

  const failing = demo.run("QR shown", () => Promise.reject(new Error("no QR came")));

  await expect(failing).rejects.toEqual(new StepFailed("QR shown", new Error("no QR came")));
  await expect(failing).rejects.toMatchObject({
    step: "QR shown",
    message: "QR shown: no QR came",
  });
  expect(lines).toEqual(["✗  1 QR shown               did not hold (0 ms)"]);
});
