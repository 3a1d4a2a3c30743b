import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { Jitter } from "@motte/reconnect";
import type { Law, Subject } from "./law.ts";

const drawing = (value: number): { next(): number } => ({ next: () => value });
const draw = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const rungs = fc.integer({ min: 1, max: 200 });
const sizes = fc.record({
  baseMs: fc.integer({ min: 1, max: 10_000 }),
  capMs: fc.integer({ min: 10_000, max: 500_000 }),
  minMs: fc.integer({ min: 0, max: 2_000 }),
});
const ladder = fc.constantFrom<"fibonacci" | "exponential">("fibonacci", "exponential");

export const ladders: Law = {
  name: "a ladder never falls, starts at its base and ends at its cap",
  check: (subject, runs = {}) => {
    fc.assert(
      fc.property(ladder, sizes, rungs, (name, options, rung) => {
        const backoff = subject[name]({ ...options, minMs: 0, jitter: "none" });
        const at = (on: number): number => backoff({ rung: on, random: drawing(0.5) });

        assert.equal(at(1), options.baseMs);
        assert.ok(at(rung + 1) >= at(rung));
        assert.ok(at(rung) <= options.capMs);
        assert.equal(at(100), options.capMs);
      }),
      runs,
    );
  },
};

// The least and the most of the undisturbed delay that each jitter leaves.
const shares: readonly (readonly [Jitter, number, number])[] = [
  ["none", 1, 1],
  ["full", 0, 1],
  ["equal", 0.5, 1],
  [{ proportional: 0.1 }, 0.9, 1.1],
];

export const jitters: Law = {
  name: "jitter stays inside its bounds, reaches both, and never goes below the minimum",
  check: (subject, runs = {}) => {
    fc.assert(
      fc.property(
        ladder,
        sizes,
        rungs,
        draw,
        fc.constantFrom(...shares),
        (name, options, rung, drawn, share) => {
          const [jitter, least, most] = share;
          const made = subject[name]({ ...options, jitter });
          const undisturbed = subject[name]({ ...options, minMs: 0, jitter: "none" });
          const delay = (value: number): number => made({ rung, random: drawing(value) });
          const plainMs = undisturbed({ rung, random: drawing(0) });
          const bound = (part: number): number =>
            Math.max(options.minMs, Math.round(plainMs * part));

          assert.ok(delay(drawn) >= bound(least));
          assert.ok(delay(drawn) <= bound(most));
          assert.equal(delay(0), bound(least));
          assert.ok(Math.abs(delay(1 - Number.EPSILON) - bound(most)) <= 1);
        },
      ),
      runs,
    );
  },
};

export const decorrelatedDraws: Law = {
  name: "decorrelated delays lie between the base and three times the one before, up to the cap",
  check: ({ decorrelated }: Subject, runs = {}) => {
    fc.assert(
      fc.property(
        sizes,
        fc.integer({ min: 0, max: 400_000 }),
        draw,
        ({ baseMs, capMs }, before, drawn) => {
          const backoff = decorrelated({ baseMs, capMs });
          const previous = { rung: 4, delayMs: before };
          const delayMs = backoff({ rung: 5, previous, random: drawing(drawn) });

          assert.ok(delayMs >= Math.min(baseMs, capMs));
          assert.ok(delayMs <= Math.min(capMs, Math.max(baseMs, 3 * before)));
          const most = backoff({ rung: 5, previous, random: drawing(1 - Number.EPSILON) });
          assert.ok(Math.abs(most - Math.min(capMs, Math.max(baseMs, 3 * before))) <= 1);
        },
      ),
      runs,
    );
  },
};
