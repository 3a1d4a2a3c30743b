import assert from "node:assert/strict";
import * as fc from "fast-check";
import { EngineRun } from "../support/engine-run.ts";
import {
  HOUR_MS,
  MINUTE_MS,
  always,
  closeOf,
  connects,
  find,
  forced,
  recent,
} from "./histories.ts";
import type { Law } from "./law.ts";

export const connectBudget: Law = always(
  "connects in an hour stay within the budget, across crashes, deployments and clocks",
  ({ moments, limits }) => {
    const times: number[] = [];
    for (const moment of moments) {
      // An operator's force is what may exceed it.
      if (!connects(moment) || forced(moment)) continue;
      times.push(moment.trueMs);
      assert.ok(recent(times, HOUR_MS, moment.trueMs) <= limits.budget);
    }
  },
);

export const budgetOnlyDelays: Law = always(
  "a connect budget that is used up delays, and never longer than until there is room",
  ({ moments, limits }) => {
    for (const moment of moments) {
      const retry = find(moment, "retry");
      if (retry === undefined || !retry.budgeted) continue;
      assert.ok(moment.after.connects.length >= limits.budget);
      assert.ok(retry.delayMs <= HOUR_MS);
      assert.equal(moment.after.phase, "waiting");
    }
  },
);

export const restarts: Law = always(
  "515 connects at once and uncounted, only so often in a minute",
  ({ moments, limits }) => {
    const immediate: number[] = [];
    for (const moment of moments) {
      if (closeOf(moment)?.cause !== "restart-required") continue;
      const { trueMs, before, after } = moment;
      const retry = find(moment, "retry");
      if (retry?.reason !== "restart") {
        assert.ok(retry === undefined || retry.reason === "back-off" || retry.reason === "offline");
        assert.ok(after.restarts.length >= limits.restarts);
        continue;
      }
      immediate.push(trueMs);
      assert.ok(recent(immediate, MINUTE_MS, trueMs) <= limits.restarts);
      assert.ok(after.attempt <= before.attempt);
      if (retry.budgeted) assert.ok(after.connects.length >= limits.budget);
      else assert.equal(retry.delayMs, 0);
    }
  },
);

export const recycling: Law = always(
  "a socket that this program replaces is followed at once, uncounted and within the budget",
  ({ moments }) => {
    for (const moment of moments) {
      if (closeOf(moment)?.cause !== "recycled") continue;
      const retry = find(moment, "retry");
      assert.equal(retry?.reason, "recycle");
      assert.ok(retry.budgeted || retry.delayMs === 0);
      assert.ok(moment.after.attempt <= moment.before.attempt);
    }
  },
);

export const crashLoops: Law = {
  name: "a process that dies at once, again and again, connects no more often than the ladder says",
  check: (subject, runs = {}) => {
    fc.assert(
      fc.property(fc.integer({ min: 5, max: 40 }), fc.nat(), (crashes, seed) => {
        const run = new EngineRun(subject.reconnectPolicy(), seed);
        for (let i = 0; i < crashes; i++) {
          run.act({ do: "advance", ms: 1_000 });
          run.act({ do: "crash" });
        }
        // Each crash while connecting climbs a rung, whose wait is at least half of what it says.
        let [rungs, neededMs, a, b] = [0, 0, 500, 500];
        while (neededMs < crashes * 1_000) {
          neededMs += a;
          [a, b] = [b, a + b];
          rungs++;
        }

        assert.ok(run.state.generation <= rungs + 2);
      }),
      runs,
    );
  },
};
