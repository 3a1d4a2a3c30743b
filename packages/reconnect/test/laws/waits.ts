import assert from "node:assert/strict";
import * as fc from "fast-check";
import { causes } from "@motte/reconnect";
import { EngineRun } from "../support/engine-run.ts";
import {
  BASE_MS,
  CAP_MS,
  FLAP_RUNG,
  FLAP_WINDOW_MS,
  HOUR_MS,
  MAX_RETRY_AFTER_MS,
  MIN_MS,
  STABLE_MS,
  always,
  closeOf,
  connects,
  find,
  forgets,
  leftHold,
  recent,
  resumed,
  trueClock,
  uptimeOf,
} from "./histories.ts";
import type { Law } from "./law.ts";

/** What the ladder says without jitter. */
function undisturbedMs(rung: number): number {
  let [now, next] = [BASE_MS, BASE_MS];
  for (let climbed = 1; climbed < rung && now < CAP_MS; climbed++) [now, next] = [next, now + next];
  return Math.min(CAP_MS, now);
}

export const waitsAreWaited: Law = always(
  "a wait is over before anything connects, unless someone resumes",
  ({ moments }) => {
    for (const moment of moments) {
      const { before, monotonicMs } = moment;
      if (!connects(moment) || before.phase !== "waiting" || resumed(moment)) continue;
      assert.ok(monotonicMs >= (before.wait?.monotonicUntilMs ?? Infinity));
    }
  },
);

export const failuresAreRemembered: Law = always(
  "only a stable connection or an operator makes failures forgotten",
  ({ moments }) => {
    for (const moment of moments) {
      const { before, after } = moment;
      if (after.attempt >= before.attempt && after.rung >= before.rung) continue;
      if (resumed(moment)) assert.equal(before.phase, "held");
      else assert.ok(forgets(moment));
    }
  },
);

export const stabilityIsCredited: Law = always(
  "a stable connection makes failures forgotten, even when its timer is late",
  ({ moments }) => {
    for (const moment of moments) {
      if (!forgets(moment)) continue;
      const counts = moment.event.type === "closed" ? 1 : 0;
      assert.ok(moment.after.attempt <= counts);
      assert.ok(moment.after.rung <= Math.max(counts, FLAP_RUNG));
    }
  },
);

export const sleepIsNotUptime: Law = {
  name: "the sleep of a machine is not a stable connection",
  check: (subject, runs = {}) => {
    const failures = fc.integer({ min: 2, max: 12 });
    const upMs = fc.integer({ min: 0, max: STABLE_MS - 1 });
    const asleepMs = fc.integer({ min: STABLE_MS, max: 100 * HOUR_MS });
    fc.assert(
      fc.property(failures, upMs, asleepMs, (times, up, asleep) => {
        const run = new EngineRun(subject.reconnectPolicy());
        for (let i = 0; i < times; i++) {
          run.act({ do: "close", cause: "offline" });
          run.act({ do: "fire" });
        }
        run.act({ do: "open" });
        run.act({ do: "advance", ms: up });
        run.act({ do: "sleep", ms: asleep });
        run.act({ do: "close", cause: "connection-lost" });

        assert.equal(run.state.attempt, times + 1);
      }),
      runs,
    );
  },
};

export const delaysHaveBounds: Law = always(
  "a counted failure waits between its minimum and what cap, server or budget ask",
  ({ moments }) => {
    for (const moment of moments) {
      const retry = find(moment, "retry");
      const disconnect = closeOf(moment);
      if (disconnect === undefined || retry === undefined) continue;
      if (retry.reason !== "back-off" && retry.reason !== "refused") continue;
      const cap = retry.reason === "refused" ? HOUR_MS : CAP_MS;
      const asked = Math.min(MAX_RETRY_AFTER_MS, disconnect.retryAfterMs ?? 0);
      assert.ok(retry.delayMs >= MIN_MS);
      assert.ok(retry.delayMs <= Math.max(cap, asked, retry.budgeted ? HOUR_MS : 0));
      assert.equal(retry.attempt, moment.after.attempt);
      assert.ok(retry.attempt >= 1);
    }
  },
);

const WITH_FLOOR: ReadonlySet<string> = new Set(["back-off", "rate-limited", "refused"]);

export const retryAfterIsAFloor: Law = always(
  "a Retry-After is waited out, whatever fires, crashes, sleeps or comes back",
  ({ moments }) => {
    let untilMs = 0;
    for (const moment of moments) {
      const { trueMs } = moment;
      const disconnect = closeOf(moment);
      if (disconnect !== undefined && WITH_FLOOR.has(causes[disconnect.cause].rule.family)) {
        untilMs = trueMs + Math.min(MAX_RETRY_AFTER_MS, disconnect.retryAfterMs ?? 0);
      }
      if (resumed(moment)) untilMs = 0;
      if (connects(moment)) assert.ok(trueMs >= untilMs, `${untilMs - trueMs} ms too early`);
    }
  },
);

export const slowDownIsRemembered: Law = always(
  "each time the server asks to slow down adds five rungs for an hour, whatever was stable since",
  (history) => {
    const hits: number[] = [];
    for (const moment of history.moments) {
      const { after, trueMs } = moment;
      const disconnect = closeOf(moment);
      if (disconnect === undefined) continue;
      if (disconnect.cause === "rate-limited") hits.push(trueMs);
      const retry = find(moment, "retry");
      if (retry?.reason !== "back-off") continue;
      const rung = after.backedOff?.rung ?? 0;
      const asked = 5 * recent(hits, HOUR_MS, trueMs);
      // A clock that was set back makes them remembered for longer.
      if (trueClock(history, moment)) assert.equal(rung, after.rung + asked);
      else assert.ok(rung >= after.rung + asked);
      // Half of it is what equal jitter leaves at least.
      assert.ok(retry.delayMs >= undisturbedMs(rung) / 2);
      assert.ok((after.backedOff?.delayMs ?? 0) <= Math.max(MIN_MS, undisturbedMs(rung)));
    }
  },
);

export const flappingIsNoticed: Law = always(
  "connections that open and are lost again and again start high on the ladder, and are told of once",
  (history) => {
    const { limits } = history;
    const short: number[] = [];
    let told = false;
    for (const moment of history.moments) {
      const { event, before, trueMs } = moment;
      const disconnect = closeOf(moment);
      const ends = disconnect !== undefined || event.type === "new process";
      if (forgets(moment)) told = false;
      const isShort = ends && before.opened !== null && !forgets(moment);
      if (isShort && disconnect?.cause !== "recycled") short.push(trueMs);
      const flaps = recent(short, FLAP_WINDOW_MS, trueMs) >= limits.flaps;
      const said = find(moment, "flapping") !== undefined;
      const exact = trueClock(history, moment);
      if (said) assert.equal(told, false, "told twice");
      if (said) assert.ok(isShort && (flaps || !exact), "told of nothing");
      told ||= said;
      const climbs = find(moment, "retry")?.reason === "back-off";
      if (flaps) {
        if (isShort && disconnect !== undefined && disconnect.cause !== "recycled") {
          assert.ok(told, "not told");
        }
        if (climbs) assert.ok(moment.after.rung >= FLAP_RUNG);
      } else if (climbs && exact) {
        assert.equal(moment.after.rung, (forgets(moment) ? 0 : before.rung) + 1);
      }
    }
  },
);

export const limitsEnd: Law = {
  name: "a limit on attempts or on time ends at an operator, not before and not later",
  check: (subject, runs = {}) => {
    const most = fc.integer({ min: 0, max: 6 });
    const within = fc.integer({ min: 0, max: 20_000 });
    fc.assert(
      fc.property(most, within, fc.boolean(), (maxAttempts, maxElapsedMs, byCrash) => {
        const { constant, reconnectPolicy } = subject;
        const counted = new EngineRun(reconnectPolicy({ backoff: constant(1_000), maxAttempts }));
        const timed = new EngineRun(reconnectPolicy({ backoff: constant(1_000), maxElapsedMs }));
        for (const run of [counted, timed]) {
          for (let i = 0; i < 22; i++) {
            run.act(byCrash ? { do: "crash" } : { do: "close", cause: "unreachable" });
            run.act({ do: "fire" });
          }
        }

        assert.deepEqual(
          [counted.state.attempt, counted.state.hold?.needs],
          [maxAttempts + 1, "operator"],
        );
        // The n-th failure comes n - 1 seconds after the first.
        const failures = Math.ceil(maxElapsedMs / 1_000) + 1;
        assert.deepEqual([timed.state.attempt, timed.state.hold?.needs], [failures, "operator"]);
      }),
      runs,
    );
  },
};

export const uptimeIsReported: Law = always(
  "the last disconnect says how long the connection was open",
  ({ moments }) => {
    for (const moment of moments) {
      const disconnect = closeOf(moment);
      if (disconnect === undefined) continue;
      assert.equal(moment.after.last?.uptimeMs, uptimeOf(moment));
    }
  },
);

export const attemptsAreCounted: Law = always("a failure is counted once", ({ moments }) => {
  for (const moment of moments) {
    const retry = find(moment, "retry");
    if (closeOf(moment) === undefined || retry === undefined) continue;
    const counts = retry.reason === "back-off" || retry.reason === "refused" ? 1 : 0;
    const from = forgets(moment) ? 0 : moment.before.attempt;
    assert.equal(moment.after.attempt, from + counts);
    assert.ok(!leftHold(moment));
  }
});
