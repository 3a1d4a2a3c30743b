import type { DisconnectCause } from "../causes.ts";
import type { Disconnect } from "../disconnect.ts";
import { retryAfterFloor } from "../policies/policy.ts";
import { askBackoff } from "./ask-backoff.ts";
import type { EngineState } from "./state.ts";
import { type Moment, type Step, holdFor, schedule } from "./step.ts";
import { withinWindow } from "./window.ts";
import { withChanges } from "./with-changes.ts";

/** Counts a failure and goes on, unless that is one too many or it has lasted too long: an operator is needed then. */
export function countFailure(
  state: EngineState,
  cause: DisconnectCause,
  moment: Moment,
  go: (counted: EngineState) => Step,
): Step {
  const { settings, environment } = moment;
  const attempt = state.attempt + 1;
  const failingSinceMs = state.failingSinceMs ?? environment.nowMs;
  const counted = withChanges(state, { attempt, failingSinceMs });
  const tooMany = attempt > settings.maxAttempts;
  const tooLong = environment.nowMs - failingSinceMs >= settings.maxElapsedMs;
  return tooMany || tooLong ? holdFor(counted, moment, cause, "operator", null) : go(counted);
}

/** Waits for what the next rung of the ladder says, and at least as long as the server does. */
export function climb(
  state: EngineState,
  disconnect: Pick<Disconnect, "cause" | "retryAfterMs">,
  moment: Moment,
): Step {
  const { settings, environment } = moment;
  const { nowMs } = environment;
  const { flap } = settings;
  const shortOpens = withinWindow(state.shortOpens, flap.windowMs, nowMs);
  const rung = Math.max(state.rung + 1, shortOpens.length >= flap.opens ? flap.rung : 1);
  const rateLimits = withinWindow(state.rateLimits, settings.rateLimited.windowMs, nowMs);
  const effectiveRung = rung + settings.rateLimited.rungs * rateLimits.length;
  const ownMs = askBackoff(settings.backoff, {
    rung: effectiveRung,
    previous: state.backedOff ?? undefined,
    random: environment.random,
  });
  const backedOff = ownMs === undefined ? state.backedOff : { rung: effectiveRung, delayMs: ownMs };
  const climbed = withChanges(state, { rung, rateLimits, shortOpens, backedOff });
  if (ownMs === undefined) return holdFor(climbed, moment, disconnect.cause, "operator", null);
  // A floor, never jittered down: the server named the earliest moment.
  const delayMs = Math.max(ownMs, retryAfterFloor(disconnect, settings));
  return schedule(climbed, moment, delayMs, "back-off");
}

/** Remembers the end of a connection that was open and never became stable. */
export function rememberShortOpen(
  state: EngineState,
  { settings, environment }: Moment,
): EngineState {
  const { opens, windowMs } = settings.flap;
  const recent = withinWindow(state.shortOpens, windowMs, environment.nowMs);
  return withChanges(state, { shortOpens: [...recent, environment.nowMs].slice(-opens) });
}
