import type { Disconnect } from "../disconnect.ts";
import { decide } from "../policies/decide.ts";
import { type Verdict, retryAfterFloor } from "../policies/policy.ts";
import { askBackoff } from "./ask-backoff.ts";
import type { EngineState } from "./state.ts";
import { type Moment, type Step, forgetFailures, holdFor, schedule, stopForGood } from "./step.ts";
import { withinWindow } from "./window.ts";

/** A connection has ended: credit its uptime, ask the policy, and do as it says. */
export function closed(state: EngineState, disconnect: Disconnect, moment: Moment): Step {
  const { environment, settings } = moment;
  const uptimeMs = state.opened === null ? 0 : environment.monotonicMs - state.opened.monotonicMs;
  // The stable timer may be late, so the close looks at the uptime once more.
  const wasStable = state.opened !== null && uptimeMs >= settings.stableAfterMs;
  const ended: EngineState = {
    ...(wasStable ? forgetFailures(state) : state),
    opened: null,
    last: {
      cause: disconnect.cause,
      code: disconnect.code ?? null,
      atMs: environment.nowMs,
      uptimeMs,
    },
  };
  const { verdict, remember, ruleError } = decide({ ...moment, disconnect, state: ended });
  const step = carryOut(verdict, { ...ended, ...remember }, disconnect, moment);
  if (ruleError === undefined) return step;
  return { ...step, effects: [{ type: "rule-failed", error: ruleError }, ...step.effects] };
}

function carryOut(
  verdict: Verdict,
  state: EngineState,
  disconnect: Disconnect,
  moment: Moment,
): Step {
  switch (verdict.do) {
    case "stop":
      return stopForGood(state);
    case "hold":
      return holdFor(state, moment, disconnect.cause, verdict.needs, verdict.untilMs);
    case "retry": {
      if (!verdict.counted) return schedule(state, moment, verdict.delayMs, verdict.reason);
      return countFailure(state, disconnect, moment, (counted) =>
        schedule(counted, moment, verdict.delayMs, verdict.reason),
      );
    }
    case "back-off":
      return countFailure(state, disconnect, moment, (counted) =>
        climb(counted, disconnect, moment),
      );
  }
}

function countFailure(
  state: EngineState,
  { cause }: Disconnect,
  moment: Moment,
  go: (counted: EngineState) => Step,
): Step {
  const attempt = state.attempt + 1;
  const counted = { ...state, attempt };
  return attempt > moment.settings.maxAttempts
    ? holdFor(counted, moment, cause, "operator", null)
    : go(counted);
}

function climb(state: EngineState, disconnect: Disconnect, moment: Moment): Step {
  const { settings, environment } = moment;
  const rung = state.rung + 1;
  const { rungs, windowMs } = settings.rateLimited;
  const rateLimits = withinWindow(state.rateLimits, windowMs, environment.nowMs);
  const climbed = { ...state, rung, rateLimits };
  const effectiveRung = rung + rungs * rateLimits.length;
  const ownMs = askBackoff(settings.backoff, {
    rung: effectiveRung,
    previous: state.backedOff ?? undefined,
    random: environment.random,
  });
  if (ownMs === undefined) return holdFor(climbed, moment, disconnect.cause, "operator", null);
  // A floor, never jittered down: the server named the earliest moment.
  const delayMs = Math.max(ownMs, retryAfterFloor(disconnect, settings));
  const backedOff = { rung: effectiveRung, delayMs: ownMs };
  return schedule({ ...climbed, backedOff }, moment, delayMs, "back-off");
}
