import assert from "node:assert/strict";
import {
  MAX_RETRY_AFTER_MS,
  OFFLINE_RETRY_MS,
  OFFLINE_SPREAD_MS,
  always,
  closeOf,
  find,
} from "./histories.ts";
import type { Law } from "./law.ts";

export const noNetworkNoFailures: Law = always(
  "without a network no failure of the network is counted, and tries are rare",
  ({ moments }) => {
    let online = true;
    for (const moment of moments) {
      const { event, before, after } = moment;
      if (event.type === "new process") online = true;
      if (event.type === "connectivity") online = event.online;
      const disconnect = closeOf(moment);
      if (disconnect === undefined) continue;
      const retry = find(moment, "retry");
      if (online || retry === undefined) {
        assert.notEqual(retry?.reason, "offline");
        continue;
      }
      assert.notEqual(retry.reason, "back-off");
      if (retry.reason !== "offline") continue;
      const asked = Math.min(MAX_RETRY_AFTER_MS, disconnect.retryAfterMs ?? 0);
      assert.ok(retry.delayMs >= Math.max(OFFLINE_RETRY_MS, asked));
      assert.ok(after.attempt <= before.attempt);
    }
  },
);

export const networkIsBack: Law = always(
  "a network that comes back ends the wait for it soon, and no other",
  ({ moments, limits }) => {
    let askedUntilMs = 0;
    for (const moment of moments) {
      const { event, before, after, monotonicMs } = moment;
      const disconnect = closeOf(moment);
      if (disconnect !== undefined) {
        askedUntilMs = monotonicMs + Math.min(MAX_RETRY_AFTER_MS, disconnect.retryAfterMs ?? 0);
      }
      // What the wall clock makes of it then is for the laws about restarts.
      if (event.type === "new process") askedUntilMs = Infinity;
      if (event.type !== "connectivity") continue;
      assert.equal(after.online, event.online);
      const waits = before.phase === "waiting" && before.wait?.reason === "offline";
      if (!event.online || !waits || before.wait === null) {
        assert.deepEqual([after.wait, after.hold], [before.wait, before.hold]);
        continue;
      }
      const retry = find(moment, "retry");
      const floorMs = Math.max(0, askedUntilMs - monotonicMs);
      const leftMs = Math.max(0, (before.wait.monotonicUntilMs ?? Infinity) - monotonicMs);
      if (retry === undefined) {
        assert.ok(leftMs <= floorMs || after.connects.length >= limits.budget);
        continue;
      }
      assert.equal(retry.reason, "online");
      assert.ok(retry.budgeted || retry.delayMs <= leftMs, "longer than before");
      assert.ok(retry.budgeted || retry.delayMs <= Math.max(OFFLINE_SPREAD_MS, floorMs));
    }
  },
);
