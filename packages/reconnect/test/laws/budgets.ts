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
  trueClock,
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
  "a connect budget that is used up delays until there is room, and no longer",
  (history) => {
    const { moments, limits } = history;
    const times: number[] = [];
    for (const moment of moments) {
      const { after, nowMs, trueMs } = moment;
      if (connects(moment)) times.push(trueMs);
      const retry = find(moment, "retry");
      if (retry === undefined || retry.reason === "restored") continue;
      const full = after.connects.length >= limits.budget;
      const roomAtMs = full ? (after.connects.at(-limits.budget) ?? 0) + HOUR_MS : nowMs;
      assert.ok(nowMs + retry.delayMs >= roomAtMs);
      if (!retry.budgeted) continue;
      assert.equal(nowMs + retry.delayMs, roomAtMs);
      assert.ok(retry.delayMs <= HOUR_MS);
      assert.equal(after.phase, "waiting");
      if (trueClock(history, moment)) assert.ok(recent(times, HOUR_MS, trueMs) >= limits.budget);
    }
  },
);

export const memoryHasBounds: Law = always(
  "what is remembered for the sake of a limit is never more than the limit needs",
  ({ moments, limits }) => {
    for (const { after } of moments) {
      assert.ok(after.connects.length <= limits.budget);
      assert.ok(after.restarts.length <= limits.restarts);
      assert.ok(after.shortOpens.length <= limits.flaps);
      assert.ok(after.takeovers.length <= limits.takeovers);
    }
  },
);

export const restarts: Law = always(
  "515 connects at once and uncounted, only so often in a minute",
  (history) => {
    const { limits } = history;
    const immediate: number[] = [];
    for (const moment of history.moments) {
      if (closeOf(moment)?.cause !== "restart-required") continue;
      const { trueMs, before, after } = moment;
      const retry = find(moment, "retry");
      if (retry?.reason !== "restart") {
        assert.ok(retry === undefined || retry.reason === "back-off" || retry.reason === "offline");
        assert.ok(after.restarts.length >= limits.restarts);
        const exact = trueClock(history, moment);
        if (exact) assert.equal(recent(immediate, MINUTE_MS, trueMs), limits.restarts);
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
