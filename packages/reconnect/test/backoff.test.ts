import { hasCode } from "@motte/core/errors";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Backoff, type Jitter, constant, exponential, fibonacci } from "@motte/reconnect";

const drawing = (value: number): { next(): number } => ({ next: () => value });
const climb = (backoff: Backoff, rungs: number, drawn = 0): number[] =>
  Array.from({ length: rungs }, (_, index) => backoff({ rung: index + 1, random: drawing(drawn) }));

describe("fibonacci", () => {
  it("climbs 1, 1, 2, 3, 5, 8 seconds and stops at its cap", () => {
    const delays = climb(fibonacci({ jitter: "none", capMs: 6_000 }), 7);

    expect(delays).toEqual([1_000, 1_000, 2_000, 3_000, 5_000, 6_000, 6_000]);
  });

  it("caps at two minutes and draws half of each delay unless told otherwise", () => {
    expect(climb(fibonacci(), 30, 0).at(-1)).toBe(60_000);
    expect(climb(fibonacci(), 30, 0.5).at(-1)).toBe(90_000);
  });
});

describe("exponential", () => {
  it("doubles", () => {
    const delays = climb(exponential({ jitter: "none" }), 5);

    expect(delays).toEqual([1_000, 2_000, 4_000, 8_000, 16_000]);
  });
});

describe("constant", () => {
  it("never changes", () => {
    expect(climb(constant(3_000), 3)).toEqual([3_000, 3_000, 3_000]);
  });
});

describe("a backoff", () => {
  const makers = fc.constantFrom(fibonacci, exponential);
  const rungs = fc.integer({ min: 1, max: 10_000 });
  const draws = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

  it("never falls from one rung to the next, and never passes its cap", () => {
    fc.assert(
      fc.property(makers, rungs, (make, rung) => {
        const backoff = make({ jitter: "none" });
        const here = backoff({ rung, random: drawing(0) });
        const next = backoff({ rung: rung + 1, random: drawing(0) });

        expect(here).toBeLessThanOrEqual(next);
        expect(next).toBeLessThanOrEqual(120_000);
      }),
    );
  });

  it("stays inside the bounds of its jitter and above its minimum", () => {
    const bounds: readonly [Jitter, number, number][] = [
      ["none", 1, 1],
      ["full", 0, 1],
      ["equal", 0.5, 1],
      [{ proportional: 0.1 }, 0.9, 1.1],
    ];
    fc.assert(
      fc.property(makers, rungs, draws, fc.constantFrom(...bounds), (make, rung, drawn, bound) => {
        const [jitter, low, high] = bound;
        const undisturbed = make({ jitter: "none", minMs: 0 })({ rung, random: drawing(0) });
        const delay = make({ jitter, minMs: 0 })({ rung, random: drawing(drawn) });

        expect(delay).toBeGreaterThanOrEqual(Math.floor(undisturbed * low));
        expect(delay).toBeLessThanOrEqual(Math.ceil(undisturbed * high));
        expect(
          make({ jitter, minMs: 700 })({ rung, random: drawing(drawn) }),
        ).toBeGreaterThanOrEqual(700);
      }),
    );
  });

  it.each([
    () => fibonacci({ baseMs: -1 }),
    () => fibonacci({ capMs: Number.NaN }),
    () => exponential({ factor: 0.5 }),
    () => constant(Number.POSITIVE_INFINITY),
    () => fibonacci({ jitter: { proportional: 2 } }),
  ])("refuses an option that makes no sense (%#)", (make) => {
    expect(make).toThrow(expect.toSatisfy((error) => hasCode(error, "USAGE_INVALID_OPTION")));
  });
});
