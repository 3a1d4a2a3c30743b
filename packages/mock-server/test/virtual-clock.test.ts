import { systemClock } from "@motte/core/clock";
import { ManualClock } from "@motte/core/manual-clock";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { VirtualClock } from "../src/clock/virtual-clock.ts";

const START = Date.UTC(2026, 0, 1);

function makeClock(): { base: ManualClock; clock: VirtualClock } {
  const base = new ManualClock(START);
  return { base, clock: new VirtualClock(base) };
}

describe("a virtual clock", () => {
  test("shows what the clock it is given shows", async () => {
    const { base, clock } = makeClock();
    await base.advance(1_500);
    expect(clock.now()).toBe(START + 1_500);
    base.jumpWall(60_000);
    expect(clock.now()).toBe(START + 61_500);
    expect(clock.monotonic()).toBe(1_500);
    expect(clock.frozen).toBe(false);
  });

  test("stands still while it is frozen, and goes on from there", async () => {
    const { base, clock } = makeClock();
    clock.freeze();
    await base.advance(5_000);
    clock.freeze();
    expect([clock.now(), clock.frozen]).toEqual([START, true]);
    clock.resume();
    clock.resume();
    await base.advance(10);
    expect([clock.now(), clock.monotonic(), clock.frozen]).toEqual([START + 10, 10, false]);
  });

  test("is set to a date, forwards and backwards", async () => {
    const { base, clock } = makeClock();
    clock.set(new Date("2030-05-01T12:00:00Z"));
    expect(new Date(clock.now()).toISOString()).toBe("2030-05-01T12:00:00.000Z");
    const elapsed = clock.monotonic();
    clock.set(Date.UTC(2020, 0, 1));
    await base.advance(7);
    expect(clock.now()).toBe(Date.UTC(2020, 0, 1) + 7);
    expect(clock.monotonic()).toBe(elapsed + 7);
  });

  test("shows what a snapshot says to the millisecond, though the time of the machine goes on meanwhile", () => {
    let now = START;
    const restless = Object.assign(new ManualClock(START), { now: () => now++ });
    const clock = new VirtualClock(restless);
    clock.fromSnapshot({ now: START - 5_000, frozen: true });
    expect(clock.toSnapshot()).toEqual({ now: START - 5_000, frozen: true });
  });

  test("refuses what is no time", () => {
    const { clock } = makeClock();
    for (const bad of [() => clock.advance(-1), () => clock.advance(Number.NaN)]) {
      expect(bad).toThrow(expect.objectContaining({ code: "USAGE_INVALID_OPTION" }));
    }
    const noDates: unknown[] = [new Date("no date"), "2026-01-01", null, 8.7e15, -8.7e15];
    for (const noDate of noDates) {
      expect(() => clock.set(noDate as Date)).toThrow(/clock\.set takes a date/);
    }
    expect(() => clock.advance(8.7e15)).toThrow(/clock\.advance takes milliseconds/);
    expect(clock.now()).toBe(START);
  });

  test("fires a timer at its time when it is advanced past it, and what that one starts too", () => {
    const { clock } = makeClock();
    clock.freeze();
    const fired: [string, number][] = [];
    const note = (name: string) => (): void => void fired.push([name, clock.now() - START]);
    clock.after(200, note("second"));
    clock.after(100, () => {
      note("first")();
      clock.after(50, note("started on the way"));
    });
    clock.after(1_001, note("too late"));
    clock.advance(1_000);
    expect(fired).toEqual([
      ["first", 100],
      ["started on the way", 150],
      ["second", 200],
    ]);
    expect([clock.now(), clock.pendingTimers]).toEqual([START + 1_000, 1]);
  });

  test("set forwards fires timers, set backwards leaves them the time they had", async () => {
    const { base, clock } = makeClock();
    let fired = 0;
    clock.after(1_000, () => fired++);
    clock.set(START - 1_000_000);
    await base.advance(999);
    expect(fired).toBe(0);
    await base.advance(1);
    expect(fired).toBe(1);
    clock.after(60_000, () => fired++);
    clock.set(clock.now() + 60_000);
    expect(fired).toBe(2);
  });

  test("a frozen clock asks nothing of the clock below", async () => {
    const { base, clock } = makeClock();
    let fired = 0;
    clock.after(10, () => fired++);
    expect(base.pendingTimers).toBe(1);
    clock.freeze();
    expect(base.pendingTimers).toBe(0);
    await base.advance(1_000);
    expect(fired).toBe(0);
    clock.resume();
    await base.advance(9);
    expect(fired).toBe(0);
    await base.advance(1);
    expect(fired).toBe(1);
  });

  test("a timer that throws stops nothing but the advance it was fired by", () => {
    const { clock } = makeClock();
    let fired = 0;
    clock.after(1, () => {
      throw new Error("a timer failed");
    });
    clock.after(2, () => fired++);
    expect(() => clock.advance(10)).toThrow("a timer failed");
    expect(fired).toBe(0);
    clock.advance(10);
    expect(fired).toBe(1);
  });

  test("sleeps on the machine's clock too, and can be woken early by advancing", async () => {
    const clock = new VirtualClock(systemClock);
    await clock.sleep(5);
    const night = clock.sleep(8 * 60 * 60 * 1_000);
    clock.advance(8 * 60 * 60 * 1_000);
    await night;
    expect(clock.pendingTimers).toBe(0);
  });
});

type Step =
  | { readonly do: "after"; readonly ms: number }
  | { readonly do: "cancel"; readonly which: number }
  | { readonly do: "advance" | "pass"; readonly ms: number }
  | { readonly do: "back"; readonly ms: number }
  | { readonly do: "freeze" | "resume" };

const ms = fc.integer({ min: 0, max: 20 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("after" as const), ms }),
  fc.record({ do: fc.constant("cancel" as const), which: fc.nat(9) }),
  fc.record({ do: fc.constantFrom("advance" as const, "pass" as const), ms }),
  fc.record({ do: fc.constant("back" as const), ms }),
  fc.record({ do: fc.constantFrom("freeze" as const, "resume" as const) }),
);

test("timers fire in due order and exactly once, whatever is done to the clock", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const { base, clock } = makeClock();
      // The model: virtual time elapsed, the date it shows, and who is still to fire when.
      let elapsed = 0;
      let date = START;
      let frozen = false;
      const pending = new Map<number, number>();
      const timers: Disposable[] = [];
      const fired: { id: number; at: number }[] = [];
      const expected: { id: number; at: number }[] = [];
      const pass = (by: number): void => {
        elapsed += by;
        date += by;
        const due = [...pending].filter(([, at]) => at <= elapsed);
        // A stable sort, so that timers of one moment stay in the order they were started in.
        for (const [id, at] of due.toSorted(([, a], [, b]) => a - b)) {
          pending.delete(id);
          expected.push({ id, at });
        }
      };
      for (const each of steps) {
        if (each.do === "after") {
          const id = timers.length;
          // Of no length: those fire at the next movement only, in model and clock alike.
          const length = Math.max(1, each.ms);
          pending.set(id, elapsed + length);
          timers.push(clock.after(length, () => fired.push({ id, at: clock.monotonic() })));
        } else if (each.do === "cancel") {
          timers[each.which]?.[Symbol.dispose]();
          pending.delete(each.which);
        } else if (each.do === "advance") {
          clock.advance(each.ms);
          pass(each.ms);
        } else if (each.do === "pass") {
          await base.advance(each.ms);
          if (!frozen) pass(each.ms);
        } else if (each.do === "back") {
          clock.set(clock.now() - each.ms);
          date -= each.ms;
        } else {
          clock[each.do]();
          frozen = each.do === "freeze";
        }
        expect(fired).toEqual(expected);
        expect([clock.monotonic(), clock.now(), clock.frozen]).toEqual([elapsed, date, frozen]);
        expect(clock.pendingTimers).toBe(pending.size);
      }
    }),
    { numRuns: 200 },
  );
});
