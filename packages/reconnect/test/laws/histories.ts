import * as fc from "fast-check";
import type { Disconnect, Effect, PolicyOptions } from "@motte/reconnect";
import { EngineRun, type Moment, isRunning } from "../support/engine-run.ts";
import type { Law, Subject } from "./law.ts";
import { script } from "./script.ts";

// Small limits, so that random histories reach them.
export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const STABLE_MS = 60_000;
export const BASE_MS = 1_000;
export const MIN_MS = 700;
export const CAP_MS = 20_000;
export const MAX_RETRY_AFTER_MS = 3_600_000;
export const FLAP_WINDOW_MS = 10 * MINUTE_MS;
export const FLAP_RUNG = 7;
export const TAKEOVER_WINDOW_MS = 10 * MINUTE_MS;
export const TAKEOVER_HOLD_MS = 60_000;
export const OFFLINE_RETRY_MS = 5 * MINUTE_MS;
export const OFFLINE_SPREAD_MS = 3_000;
export const OUTDATED_BASE_MS = 15 * MINUTE_MS;

export interface Limits {
  readonly budget: number;
  readonly restarts: number;
  readonly refusals: number;
  readonly windows: number;
  readonly flaps: number;
  readonly takeovers: number;
  readonly earlyCloses: number;
}

const limits = fc.record<Limits>({
  budget: fc.constantFrom(3, 6, 60),
  restarts: fc.integer({ min: 0, max: 3 }),
  refusals: fc.integer({ min: 1, max: 3 }),
  windows: fc.integer({ min: 1, max: 3 }),
  flaps: fc.integer({ min: 2, max: 4 }),
  takeovers: fc.integer({ min: 0, max: 2 }),
  earlyCloses: fc.integer({ min: 1, max: 3 }),
});

export function optionsOf({ fibonacci, exponential }: Subject, chosen: Limits): PolicyOptions {
  return {
    backoff: fibonacci({ baseMs: BASE_MS, capMs: CAP_MS, minMs: MIN_MS }),
    stableAfterMs: STABLE_MS,
    budget: { max: chosen.budget, windowMs: HOUR_MS },
    restart: { max: chosen.restarts, windowMs: MINUTE_MS },
    flap: { opens: chosen.flaps, windowMs: FLAP_WINDOW_MS, rung: FLAP_RUNG },
    replaced: {
      takeovers: chosen.takeovers,
      windowMs: TAKEOVER_WINDOW_MS,
      holdMs: TAKEOVER_HOLD_MS,
    },
    offline: { retryMs: OFFLINE_RETRY_MS, spreadMs: OFFLINE_SPREAD_MS },
    refused: {
      max: chosen.refusals,
      backoff: fibonacci({ baseMs: MINUTE_MS, capMs: HOUR_MS }),
    },
    outdated: { backoff: exponential({ baseMs: OUTDATED_BASE_MS, capMs: 6 * HOUR_MS }) },
    pairing: { windows: chosen.windows, gapMs: 2_000, earlyCloses: chosen.earlyCloses },
    maxRetryAfterMs: MAX_RETRY_AFTER_MS,
  };
}

/** All there is to know about one history. */
export interface History {
  readonly moments: readonly Moment[];
  readonly limits: Limits;
  readonly run: EngineRun;
  readonly subject: Subject;
}

/** A law for every history that random limits, draws and scripts produce. */
export function always(name: string, holds: (history: History) => void): Law {
  return {
    name,
    check: (subject, runs = {}) => {
      fc.assert(
        fc.property(limits, fc.nat(), script, (chosen, seed, actions) => {
          const policy = subject.reconnectPolicy(optionsOf(subject, chosen));
          const run = new EngineRun(policy, seed);
          for (const action of actions) run.act(action);
          holds({ moments: run.moments, limits: chosen, run, subject });
        }),
        { numRuns: 200, ...runs },
      );
    },
  };
}

export const find = <T extends Effect["type"]>(
  { effects }: Moment,
  type: T,
): Extract<Effect, { type: T }> | undefined =>
  effects.find((effect): effect is Extract<Effect, { type: T }> => effect.type === type);

export const connects = (moment: Moment): boolean => find(moment, "connect") !== undefined;

/** Whether an operator made it happen, with a plain `resume` or a forced one. */
export const resumed = ({ event }: Moment): boolean => event.type === "resume";
export const forced = ({ event }: Moment): boolean =>
  event.type === "resume" && event.force === true;

/** The close that the engine had to answer, if that is what happened. */
export function closeOf({ event, before }: Moment): Disconnect | undefined {
  if (event.type !== "closed" || event.generation !== before.generation) return undefined;
  return isRunning(before) ? event.disconnect : undefined;
}

export const uptimeOf = ({ before, monotonicMs }: Moment): number =>
  before.opened === null ? 0 : monotonicMs - before.opened.monotonicMs;

/** Whether a stable connection made all failures forgotten here. */
export function forgets(moment: Moment): boolean {
  const { event, before, nowMs } = moment;
  if (before.opened === null) return false;
  if (event.type === "new process") return nowMs - before.opened.atMs >= STABLE_MS;
  const looks = closeOf(moment) !== undefined || event.type === "stable-timer";
  return looks && uptimeOf(moment) >= STABLE_MS;
}

/** Whether an operator ended a hold. */
export const leftHold = ({ event, before, after }: Moment): boolean =>
  event.type === "resume" && before.phase === "held" && after.phase !== "held";

/** How many of the times lie in the window that ends now. */
export const recent = (times: readonly number[], windowMs: number, nowMs: number): number =>
  times.filter((time) => time > nowMs - windowMs).length;

/** Whether the wall clock was never set back before or at this moment, so that windows are exact. */
export const trueClock = ({ moments }: History, upTo: Moment): boolean => {
  const [first] = moments;
  return first !== undefined && upTo.nowMs - upTo.trueMs === first.nowMs - first.trueMs;
};
