import { askBackoff } from "./ask-backoff.ts";
import type { EngineState } from "./state.ts";
import { isRunning } from "./state.ts";
import { type Moment, forgetFailures } from "./step.ts";

/**
 * Makes a saved state ready for `start` in a new process.
 *
 * A restart is no way round a wait: waits and holds keep their end, and a process that died while connecting, or
 * before its connection was stable, counts as a failure.
 */
export function restore(saved: EngineState, moment: Moment): EngineState {
  const { environment, settings } = moment;
  const idle: EngineState = {
    ...saved,
    phase: "idle",
    opened: null,
    wait: saved.wait === null ? null : { ...saved.wait, monotonicUntilMs: null },
  };
  if (!isRunning(saved.phase)) return clampWait(idle, moment);

  // Across a crash the uptime can only be judged by wall clock; the connect budget bounds what a sleep gains here.
  const uptimeMs = saved.opened === null ? 0 : environment.nowMs - saved.opened.atMs;
  if (saved.opened !== null && uptimeMs >= settings.stableAfterMs) return forgetFailures(idle);
  const rung = saved.rung + 1;
  const counted: EngineState = { ...idle, attempt: saved.attempt + 1, rung };
  const { nowMs, random } = environment;
  const previous = saved.backedOff ?? undefined;
  const delayMs = askBackoff(settings.backoff, { rung, previous, random });
  if (delayMs === undefined) {
    const cause = saved.last?.cause ?? "unknown";
    return { ...counted, hold: { needs: "operator", cause, sinceMs: nowMs, untilMs: null } };
  }
  return {
    ...counted,
    backedOff: { rung, delayMs },
    wait: { untilMs: nowMs + delayMs, monotonicUntilMs: null },
  };
}

// A wall clock that was far ahead when the state was saved must not make us wait for years.
function clampWait(state: EngineState, { environment, settings }: Moment): EngineState {
  if (state.wait === null) return state;
  const longestMs = Math.max(settings.maxRetryAfterMs, settings.budget.windowMs);
  const untilMs = Math.min(state.wait.untilMs, environment.nowMs + longestMs);
  return { ...state, wait: { ...state.wait, untilMs } };
}
