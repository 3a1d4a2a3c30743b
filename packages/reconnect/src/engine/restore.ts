import { climb, countFailure, rememberShortOpen } from "./failures.ts";
import type { EngineState, Hold, Wait } from "./state.ts";
import { isRunning } from "./state.ts";
import { type Moment, forgetFailures } from "./step.ts";

/**
 * Makes a saved state ready for `start` in a new process.
 *
 * A restart is no way round a wait: waits and holds keep their end, and a process that died while connecting, or
 * before its connection was stable, counts as a failure.
 */
export function restore(saved: EngineState, moment: Moment): EngineState {
  const { nowMs } = moment.environment;
  const idle: EngineState = {
    ...saved,
    phase: "idle",
    failingSinceMs: saved.failingSinceMs === null ? null : Math.min(saved.failingSinceMs, nowMs),
    opened: null,
    wait: saved.wait === null ? null : restoredWait(saved.wait, nowMs),
    hold: saved.hold === null ? null : restoredHold(saved.hold, nowMs),
    connects: noneInFuture(saved.connects, nowMs),
    restarts: noneInFuture(saved.restarts, nowMs),
    rateLimits: noneInFuture(saved.rateLimits, nowMs),
    shortOpens: noneInFuture(saved.shortOpens, nowMs),
    takeovers: noneInFuture(saved.takeovers, nowMs),
    // Nobody has told this process yet.
    online: true,
  };
  return isRunning(saved.phase) ? afterCrash(saved, idle, moment) : idle;
}

function afterCrash({ opened }: EngineState, idle: EngineState, moment: Moment): EngineState {
  // Across a crash the uptime can only be judged by wall clock; the connect budget bounds what a sleep gains here.
  const uptimeMs = opened === null ? 0 : moment.environment.nowMs - opened.atMs;
  if (opened !== null && uptimeMs >= moment.settings.stableAfterMs) return forgetFailures(idle);
  const ended = opened === null ? idle : rememberShortOpen(idle, moment);
  const cause = "unknown";
  const { state } = countFailure(ended, cause, moment, (counted) =>
    climb(counted, { cause }, moment),
  );
  const wait = state.wait === null ? null : { ...state.wait, monotonicUntilMs: null };
  return { ...state, phase: "idle", wait };
}

// A wall clock that was ahead when the state was saved must not make us wait for years, nor less than was left.
function restoredWait(wait: Wait, nowMs: number): Wait {
  const aheadMs = Math.max(0, wait.sinceMs - nowMs);
  return {
    ...wait,
    sinceMs: wait.sinceMs - aheadMs,
    untilMs: wait.untilMs - aheadMs,
    monotonicUntilMs: null,
  };
}

// The end of a ban is the server's, and stays what it is.
function restoredHold(hold: Hold, nowMs: number): Hold {
  const aheadMs = Math.max(0, hold.sinceMs - nowMs);
  if (aheadMs === 0) return hold;
  const untilMs =
    hold.untilMs === null || hold.cause === "temp-banned" ? hold.untilMs : hold.untilMs - aheadMs;
  return { ...hold, sinceMs: hold.sinceMs - aheadMs, untilMs };
}

function noneInFuture(times: readonly number[], nowMs: number): readonly number[] {
  return times.map((time) => Math.min(time, nowMs));
}
