import { ManualClock } from "@motte/core/manual-clock";
import { describe, expect, test } from "vitest";
import { FleetProgress } from "../src/migrate/fleet-progress.ts";
import { inOrder } from "../src/migrate/in-order.ts";

describe("inOrder", () => {
  test("works on no more than it may at once, and hands over in the order of the items", async () => {
    const underWay = new Set<number>();
    const taken: number[] = [];
    let most = 0;
    const waiting = new Map<number, () => void>();
    const done = inOrder(
      [0, 1, 2, 3],
      2,
      async (item) => {
        underWay.add(item);
        most = Math.max(most, underWay.size);
        await new Promise<void>((resolve) => waiting.set(item, resolve));
        underWay.delete(item);
        return item;
      },
      (item) => taken.push(item),
    );
    // The later one of each two is done first.
    for (const item of [1, 2, 0, 3]) {
      while (!waiting.has(item)) await Promise.resolve();
      waiting.get(item)?.();
    }
    await done;
    expect(most).toBe(2);
    expect(taken).toEqual([0, 1, 2, 3]);
  });

  test("after a failure begins nothing more, and throws it once the others have ended", async () => {
    const begun: number[] = [];
    const taken: number[] = [];
    const work = async (item: number): Promise<number> => {
      begun.push(item);
      if (item === 1) throw new Error("one");
      return item;
    };

    await expect(inOrder([0, 1, 2, 3, 4], 1, work, (item) => taken.push(item))).rejects.toThrow(
      "one",
    );

    expect(begun).toEqual([0, 1]);
    expect(taken).toEqual([0]);
  });
});

describe("FleetProgress", () => {
  test("where a person looks, one line tells how far all are, how fast and how long still", async () => {
    const clock = new ManualClock();
    const shown: string[] = [];
    const live = {
      show: (text: string) => void shown.push(text),
      clear: () => void shown.push(""),
    };
    const progress = new FleetProgress({ out: () => {}, error: () => {}, live }, 4, clock);
    await clock.advance(1_000);
    progress.step("a", { phase: "copying", done: 50, total: 100 });
    await clock.advance(1_000);
    progress.finished("a", 8_000);
    // Faster than anybody reads: not shown.
    progress.step("b", { phase: "reading", done: 1, total: undefined });
    progress.end();

    expect(shown).toEqual([
      "███░░░░░░░░░░░░░░░░░░░░░ 13 % 0/4 sessions, 0 records/s, 6.3 s left",
      "██████░░░░░░░░░░░░░░░░░░ 25 % 1/4 sessions, 4000 records/s, 6 s left",
      "",
    ]);
    expect(Math.max(...shown.map((text) => text.length))).toBeLessThan(80);
  });

  test("elsewhere it is one line at the end", async () => {
    const clock = new ManualClock();
    const lines: string[] = [];
    const output = { out: () => {}, error: (line: string) => void lines.push(line) };
    const progress = new FleetProgress(output, 2, clock);
    await clock.advance(3_000);
    progress.finished("a", 10);
    progress.end();

    expect(lines).toEqual(["migrated: 1 of 2 sessions, 10 records in 3 s"]);
  });
});
