import { hasCode } from "@motte/core/errors";
import { seededRandom } from "@motte/core/random";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Backoff, type BackoffContext, decorrelated, reconnectPolicy } from "@motte/reconnect";
import { EngineRun } from "./support/engine-run.ts";

const drawing = (value: number): { next(): number } => ({ next: () => value });

/** Climbs one rung at a time and hands each delay to the next, as the engine does. */
function climb(backoff: Backoff, rungs: number, random: { next(): number }): number[] {
  const delays: number[] = [];
  for (let rung = 1; rung <= rungs; rung++) {
    const last = delays.at(-1);
    const previous = last === undefined ? undefined : { rung: rung - 1, delayMs: last };
    delays.push(backoff({ rung, previous, random }));
  }
  return delays;
}

describe("decorrelated", () => {
  const bases = fc.integer({ min: 0, max: 5_000 });
  const caps = fc.integer({ min: 0, max: 60_000 });

  it("draws between the base and three times the delay before, up to the cap", () => {
    fc.assert(
      fc.property(bases, caps, fc.nat(), (baseMs, capMs, seed) => {
        const delays = climb(decorrelated({ baseMs, capMs }), 12, seededRandom(seed));

        delays.forEach((delayMs, index) => {
          const before = delays[index - 1] ?? baseMs;
          expect(delayMs).toBeGreaterThanOrEqual(Math.min(baseMs, capMs));
          expect(delayMs).toBeLessThanOrEqual(Math.min(capMs, Math.max(baseMs, 3 * before)));
        });
      }),
    );
  });

  it("triples at the highest draw and stays at its base at the lowest", () => {
    const backoff = decorrelated({ baseMs: 1_000, capMs: 20_000 });

    expect(climb(backoff, 4, drawing(1))).toEqual([3_000, 9_000, 20_000, 20_000]);
    expect(climb(backoff, 4, drawing(0))).toEqual([1_000, 1_000, 1_000, 1_000]);
  });

  it("climbs as far in one leap of several rungs as in as many steps", () => {
    const backoff = decorrelated({ baseMs: 1_000, capMs: 300_000 });

    const leap = backoff({ rung: 5, previous: { rung: 1, delayMs: 1_000 }, random: drawing(0.8) });
    const alone = backoff({ rung: 4, random: drawing(0.8) });

    expect(leap).toBe(alone);
    expect(leap).toBeGreaterThan(10_000);
  });

  it("gives the same delays for the same seed, whole and finite on any rung", () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: -5, max: 1_000_000 }), (seed, rung) => {
        const once = decorrelated()({ rung, random: seededRandom(seed) });

        expect(decorrelated()({ rung, random: seededRandom(seed) })).toBe(once);
        expect(Number.isSafeInteger(once)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it.each([() => decorrelated({ baseMs: Number.NaN }), () => decorrelated({ capMs: -1 })])(
    "refuses an option that makes no sense (%#)",
    (make) => {
      expect(make).toThrow(expect.toSatisfy((error) => hasCode(error, "USAGE_INVALID_OPTION")));
    },
  );

  it("refuses an option it does not know", () => {
    const options: object = { jitter: "full" };

    expect(() => decorrelated(options)).toThrow(
      expect.toSatisfy((error) => hasCode(error, "USAGE_UNKNOWN_OPTION")),
    );
  });
});

describe("the engine", () => {
  it("tells a backoff what it said before, until a stable connection", () => {
    const told: BackoffContext["previous"][] = [];
    const backoff: Backoff = ({ rung, previous }) => {
      told.push(previous);
      return rung * 1_000;
    };
    const run = new EngineRun(reconnectPolicy({ backoff, stableAfterMs: 60_000 }));

    for (let failure = 0; failure < 3; failure++) {
      run.act({ do: "close", cause: "unreachable", retryAfterMs: 5_000 });
      run.act({ do: "fire" });
    }
    run.act({ do: "open" });
    run.act({ do: "advance", ms: 60_000 });
    run.act({ do: "close", cause: "unreachable" });

    const [one, two] = [1, 2].map((rung) => ({ rung, delayMs: rung * 1_000 }));
    expect(told).toEqual([undefined, one, two, undefined]);
  });
});
