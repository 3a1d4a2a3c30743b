import assert from "node:assert/strict";
import { type DisconnectCause, type HoldNeed, causes } from "@motte/reconnect";
import {
  HOUR_MS,
  OUTDATED_BASE_MS,
  TAKEOVER_HOLD_MS,
  TAKEOVER_WINDOW_MS,
  always,
  closeOf,
  connects,
  find,
  forced,
  forgets,
  leftHold,
  recent,
  resumed,
} from "./histories.ts";
import type { Law } from "./law.ts";

export const bans: Law = always(
  "a ban is waited out, whatever fires, crashes, is deployed or resumes",
  ({ moments }) => {
    let untilMs = 0;
    for (const moment of moments) {
      const { nowMs, after } = moment;
      const disconnect = closeOf(moment);
      if (disconnect?.cause === "temp-banned") {
        untilMs = nowMs + (disconnect.retryAfterMs ?? 6 * HOUR_MS);
        assert.ok((after.hold?.untilMs ?? 0) >= untilMs);
      }
      if (forced(moment)) untilMs = 0;
      if (!connects(moment)) continue;
      assert.ok(nowMs >= untilMs);
      // It is over, whatever the clock is set to later.
      untilMs = 0;
    }
  },
);

// Written out, because the table of causes is what may be wrong.
const NEEDS_SOMEONE: Readonly<Partial<Record<DisconnectCause, HoldNeed>>> = {
  "logged-out": "pairing",
  "device-removed": "pairing",
  "stale-pairing": "pairing",
  "account-locked": "operator",
  "account-banned": "operator",
  "multidevice-mismatch": "operator",
};

export const openEndedHolds: Law = always(
  "a lost or locked account is left alone until someone resumes",
  ({ moments }) => {
    let held = false;
    for (const moment of moments) {
      const cause = closeOf(moment)?.cause;
      const needs = cause === undefined ? undefined : NEEDS_SOMEONE[cause];
      if (needs !== undefined) {
        const { hold } = moment.after;
        assert.deepEqual([hold?.cause, hold?.needs, hold?.untilMs], [cause, needs, null]);
        held = true;
      }
      if (resumed(moment)) held = false;
      if (connects(moment)) assert.equal(held, false);
    }
  },
);

const REVOKED: ReadonlySet<string> = new Set(["logged-out", "device-removed", "account-banned"]);

export const revocation: Law = always(
  "credentials are called revoked only over a cause that revokes them",
  ({ moments }) => {
    for (const moment of moments) {
      const held = find(moment, "hold");
      if (held === undefined) continue;
      const { hold, credentials } = held;
      assert.equal(credentials === "revoked", REVOKED.has(hold.cause));
      const cause = closeOf(moment)?.cause;
      if (cause === undefined) continue;
      assert.ok(hold.cause === cause || hold.cause === "bad-user-agent");
    }
  },
);

export const replacedIsHeld: Law = always(
  "a replaced connection asks whose turn it is and never comes back by itself before it hears that",
  ({ moments }) => {
    let away = false;
    for (const moment of moments) {
      if (closeOf(moment)?.cause === "replaced") {
        const { after } = moment;
        assert.deepEqual([after.hold?.needs, after.hold?.untilMs], ["ownership", null]);
        assert.ok(find(moment, "check-ownership") !== undefined);
        away = true;
      }
      const { event, before } = moment;
      const isIts = before.phase === "held" && before.hold?.cause === "replaced";
      if (event.type === "ownership" && isIts) away = event.verdict !== "mine";
      if (resumed(moment)) away = false;
      if (connects(moment)) assert.equal(away, false);
    }
  },
);

export const takeovers: Law = always(
  "another connection is taken over from only so often, and each time after a while",
  ({ moments, limits }) => {
    const times: number[] = [];
    for (const moment of moments) {
      const { event, before, after, nowMs, trueMs } = moment;
      const isIts = before.phase === "held" && before.hold?.needs === "ownership";
      const planned = isIts && before.hold?.untilMs !== null;
      if (event.type === "ownership" && event.verdict === "mine" && planned) {
        assert.deepEqual(after.hold, before.hold, "put off");
      }
      if (event.type === "ownership" && isIts && after.hold?.untilMs !== before.hold?.untilMs) {
        const { untilMs = null } = after.hold ?? {};
        if (untilMs !== null) assert.ok(untilMs - nowMs >= TAKEOVER_HOLD_MS);
        if (untilMs !== null) assert.ok(untilMs - nowMs <= 2 * TAKEOVER_HOLD_MS);
      }
      if (event.type !== "timer" || !isIts || after.phase === "held") continue;
      assert.ok(nowMs >= (before.hold?.untilMs ?? Infinity));
      times.push(trueMs);
      assert.ok(recent(times, TAKEOVER_WINDOW_MS, trueMs) <= limits.takeovers);
    }
  },
);

export const takenCredentials: Law = always(
  "whoever was replaced reads the credentials again before the next connection opens",
  ({ moments }) => {
    let copied = false;
    for (const moment of moments) {
      const { event, before, after } = moment;
      const connect = find(moment, "connect");
      if (connect !== undefined) assert.equal(connect.reloadCredentials, copied);
      if (closeOf(moment)?.cause === "replaced") copied = true;
      if (event.type === "opened" && after.opened !== before.opened) copied = false;
    }
  },
);

export const outdatedVersions: Law = always(
  "a refused version is looked up once and tried at once at most once, and rarely after that",
  ({ moments }) => {
    let quick = 0;
    let asked = 0;
    for (const moment of moments) {
      const { event, before, after, nowMs } = moment;
      if (forgets(moment) || leftHold(moment)) [quick, asked] = [0, 0];
      if (closeOf(moment)?.cause === "client-outdated") {
        if (find(moment, "refresh-version") !== undefined) asked++;
        assert.equal(asked, 1);
        const { hold } = after;
        assert.equal(hold?.needs, "version");
        assert.ok((hold.untilMs ?? Infinity) >= nowMs + OUTDATED_BASE_MS / 2);
      }
      const isIts = before.phase === "held" && before.hold?.needs === "version";
      if (!isIts || !connects(moment) || resumed(moment)) continue;
      if (event.type === "version") quick++;
      else assert.ok(nowMs >= (before.hold?.untilMs ?? Infinity));
      assert.ok(quick <= 1);
    }
  },
);

export const anotherVersionIsTried: Law = always(
  "the answer that there is another version is followed at once",
  ({ moments }) => {
    let asked = false;
    for (const moment of moments) {
      const { event, before, after } = moment;
      const waits = before.phase === "held" && before.hold?.needs === "version";
      if (event.type === "version" && waits && asked) {
        assert.equal(after.phase === "held", !event.changed);
        asked = false;
      }
      if (find(moment, "refresh-version") !== undefined) asked = true;
      if (closeOf(moment)?.cause === "client-outdated" && forgets(moment)) {
        assert.ok(find(moment, "refresh-version") !== undefined);
      }
    }
  },
);

export const qrWindows: Law = always(
  "an expired QR window is not counted, and only so many follow each other",
  ({ moments, limits }) => {
    let windows = 0;
    for (const moment of moments) {
      const { event, before, after } = moment;
      const paired = event.type === "paired" && event.generation === before.generation;
      if (forgets(moment) || leftHold(moment) || (paired && before !== after)) windows = 0;
      const disconnect = closeOf(moment);
      if (disconnect === undefined) continue;
      if (causes[disconnect.cause].rule.family !== "qr-window") continue;
      windows++;
      assert.ok(windows <= limits.windows);
      assert.ok(after.attempt <= before.attempt);
      const ended = find(moment, "hold")?.hold.needs === "pairing";
      assert.equal(ended, windows === limits.windows);
      if (!ended) assert.equal(find(moment, "retry")?.reason, "qr-window");
    }
  },
);

const REFUSED: ReadonlySet<string> = new Set([
  "bad-user-agent",
  "failure-unknown",
  "cat-rejected",
  "edge-refused",
  "tls-error",
  "noise-cert-invalid",
  "unverified-401",
]);

export const refusals: Law = always(
  "a refusal is tried only so often, and revokes nothing",
  ({ moments, limits }) => {
    let tries = 0;
    for (const moment of moments) {
      if (forgets(moment) || leftHold(moment)) tries = 0;
      if (closeOf(moment) === undefined) continue;
      const { last, hold } = moment.after;
      if (last === null || !REFUSED.has(last.cause)) continue;
      tries++;
      assert.ok(tries <= limits.refusals);
      if (tries === limits.refusals) {
        assert.deepEqual([hold?.needs, hold?.untilMs], ["operator", null]);
        assert.equal(find(moment, "hold")?.credentials, "keep");
      } else assert.equal(find(moment, "retry")?.reason, "refused");
    }
  },
);

export const refusedBrowsers: Law = always(
  "an unpaired account that is closed before any QR code again and again is one whose browser is refused",
  ({ moments, limits }) => {
    let early = 0;
    let seen = 0;
    for (const moment of moments) {
      const { event, before, after } = moment;
      if (event.type === "qr") seen = Math.max(seen, event.generation);
      if (leftHold(moment)) early = 0;
      const disconnect = closeOf(moment);
      if (disconnect === undefined) {
        // A process that was open and stable before it died has shown that it is paired.
        if (forgets(moment)) early = 0;
        continue;
      }
      const { cause, paired } = disconnect;
      const closed = cause === "socket-closed" || cause === "stream-ended";
      const unseen = before.opened === null && seen !== before.generation;
      early = closed && paired === false && unseen ? early + 1 : 0;
      const means = early >= limits.earlyCloses ? "bad-user-agent" : cause;
      assert.equal(after.last?.cause, means);
    }
  },
);
