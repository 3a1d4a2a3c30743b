import type { DisconnectCause, HoldNeed } from "../causes.ts";
import { causes } from "../causes.ts";
import type { Effect, Question, RetryReason } from "./effect.ts";
import type { EngineEnvironment } from "./environment.ts";
import type { PolicySettings } from "./settings.ts";
import type { EngineState, Wait } from "./state.ts";
import { withinWindow } from "./window.ts";
import { withChanges } from "./with-changes.ts";

/** What came of one event. */
export interface Step {
  readonly state: EngineState;
  readonly effects: readonly Effect[];
}

/** What every move needs besides the state. */
export interface Moment {
  readonly settings: PolicySettings;
  readonly environment: EngineEnvironment;
}

/** Nothing changes. */
export function stay(state: EngineState): Step {
  return { state, effects: [] };
}

/** Starts the next generation, or waits when the connect budget is used up. */
export function connect(state: EngineState, moment: Moment, force = false): Step {
  const { settings, environment } = moment;
  const connects = withinWindow(state.connects, settings.budget.windowMs, environment.nowMs);
  if (connects.length >= settings.budget.max && !force) {
    return schedule(withChanges(state, { connects }), moment, 0, "budget");
  }
  const generation = state.generation + 1;
  return {
    state: withChanges(state, {
      phase: "connecting",
      generation,
      wait: null,
      hold: null,
      opened: null,
      connects: [...connects, environment.nowMs].slice(-settings.budget.max),
    }),
    effects: [
      { type: "cancel-timer" },
      { type: "persist" },
      { type: "connect", generation, reloadCredentials: state.reloadCredentials },
    ],
  };
}

/** Waits `wantedMs`, or until the connect budget has room if that is later. */
export function schedule(
  state: EngineState,
  { settings, environment }: Moment,
  wantedMs: number,
  reason: RetryReason,
  skippableMs = 0,
): Step {
  const { max, windowMs } = settings.budget;
  const connects = withinWindow(state.connects, windowMs, environment.nowMs);
  const oldest = connects.at(-max);
  const budgetMs = oldest === undefined ? 0 : oldest + windowMs - environment.nowMs;
  const delayMs = Math.max(wantedMs, budgetMs);
  const wait: Wait = {
    reason,
    sinceMs: environment.nowMs,
    untilMs: environment.nowMs + delayMs,
    monotonicUntilMs: environment.monotonicMs + delayMs,
    skippableMs,
  };
  return {
    state: withChanges(state, { phase: "waiting", wait, hold: null, opened: null, connects }),
    effects: [
      { type: "arm-timer", delayMs },
      { type: "persist" },
      {
        type: "retry",
        reason,
        delayMs,
        attempt: state.attempt,
        budgeted: delayMs > wantedMs,
      },
    ],
  };
}

/** Holds until `untilMs` or, when that is `null`, until someone resumes. `ask` may end it sooner. */
export function holdFor(
  state: EngineState,
  { environment }: Moment,
  cause: DisconnectCause,
  needs: HoldNeed,
  untilMs: number | null,
  ask?: Question,
): Step {
  const hold = { needs, cause, sinceMs: environment.nowMs, untilMs };
  return {
    state: withChanges(state, { phase: "held", hold, wait: null, opened: null }),
    effects: [
      untilMs === null
        ? { type: "cancel-timer" }
        : { type: "arm-timer", delayMs: Math.max(0, untilMs - environment.nowMs) },
      { type: "persist" },
      { type: "hold", hold, credentials: causes[cause].credentials },
      ...(ask === undefined ? [] : [{ type: ask }]),
    ],
  };
}

/**
 * Ends for good. The generation moves on, so that nothing of the old one is heard any more. A wait or a hold stays in
 * the state, because a program that is stopped and started again must not get round it.
 */
export function stopForGood(state: EngineState): Step {
  return {
    state: withChanges(state, {
      phase: "stopped",
      generation: state.generation + 1,
      opened: null,
    }),
    effects: [{ type: "cancel-timer" }, { type: "persist" }, { type: "stopped" }],
  };
}

/** Forgets failures, which only a stable connection earns. */
export function forgetFailures(state: EngineState): EngineState {
  return withChanges(state, {
    attempt: 0,
    failingSinceMs: null,
    rung: 0,
    backedOff: null,
    flapping: false,
    refusals: 0,
    versionRefusals: 0,
    versionRefresh: "unused",
    qrWindows: 0,
    earlyCloses: 0,
  });
}
