import { causes } from "../causes.ts";
import type { Disconnect } from "../disconnect.ts";
import { decide } from "../policies/decide.ts";
import { type Verdict, retryAfterFloor } from "../policies/policy.ts";
import type { Effect } from "./effect.ts";
import { climb, countFailure, rememberShortOpen } from "./failures.ts";
import type { EngineState } from "./state.ts";
import { type Moment, type Step, forgetFailures, holdFor, schedule, stopForGood } from "./step.ts";
import { withChanges } from "./with-changes.ts";

/** A connection has ended: credit its uptime, ask the policy, and do as it says. */
export function closed(state: EngineState, reported: Disconnect, moment: Moment): Step {
  const { settings, environment } = moment;
  const earlyCloses = isEarly(state, reported) ? state.earlyCloses + 1 : 0;
  const disconnect = reconsider(reported, earlyCloses, moment);
  const ended = creditUptime(withChanges(state, { earlyCloses }), disconnect, moment);
  const begins = wasShort(state, disconnect, moment) && beginsToFlap(ended, moment);
  const current = begins ? withChanges(ended, { flapping: true }) : ended;
  const { verdict, remember, ruleError } = decide({
    settings,
    environment,
    disconnect,
    state: current,
  });
  const remembered = remember === undefined ? current : withChanges(current, remember);
  const step = carryOut(verdict, remembered, disconnect, moment);
  const before: Effect[] = [];
  if (ruleError !== undefined) before.push({ type: "rule-failed", error: ruleError });
  if (begins) {
    const { windowMs } = settings.flap;
    before.push({ type: "flapping", opens: ended.shortOpens.length, windowMs });
  }
  return before.length === 0 ? step : { ...step, effects: [...before, ...step.effects] };
}

// In "connecting" no QR code has been shown yet.
function isEarly({ phase }: EngineState, { paired, cause }: Disconnect): boolean {
  return paired === false && phase === "connecting" && causes[cause].unpaired !== undefined;
}

/** A few ends of this kind in a row mean something else in an account that was never paired. */
function reconsider(reported: Disconnect, earlyCloses: number, { settings }: Moment): Disconnect {
  const { unpaired } = causes[reported.cause];
  if (unpaired === undefined || earlyCloses < settings.pairing.earlyCloses) return reported;
  return { ...reported, cause: unpaired, credentials: causes[unpaired].credentials };
}

function creditUptime(state: EngineState, disconnect: Disconnect, moment: Moment): EngineState {
  const { environment, settings } = moment;
  const { cause, code = null } = disconnect;
  const uptimeMs = state.opened === null ? 0 : environment.monotonicMs - state.opened.monotonicMs;
  const ended = withChanges(state, {
    opened: null,
    last: { cause, code, atMs: environment.nowMs, uptimeMs },
    // Whoever took over has moved the session on, so that ours in memory is a copy of the past.
    reloadCredentials: state.reloadCredentials || cause === "replaced",
  });
  if (state.opened === null) return ended;
  // The stable timer may be late, so the close looks at the uptime once more.
  if (uptimeMs >= settings.stableAfterMs) return forgetFailures(ended);
  return wasShort(state, disconnect, moment) ? rememberShortOpen(ended, moment) : ended;
}

/** Whether a connection was open and is lost before it was stable, through no wish of ours. */
function wasShort({ opened }: EngineState, disconnect: Disconnect, moment: Moment): boolean {
  if (opened === null || isDeliberate(disconnect)) return false;
  return moment.environment.monotonicMs - opened.monotonicMs < moment.settings.stableAfterMs;
}

function isDeliberate({ cause }: Disconnect): boolean {
  const { family } = causes[cause].rule;
  return family === "stop" || family === "recycle";
}

function beginsToFlap({ flapping, shortOpens }: EngineState, { settings }: Moment): boolean {
  return !flapping && shortOpens.length >= settings.flap.opens;
}

function carryOut(
  verdict: Verdict,
  state: EngineState,
  disconnect: Disconnect,
  moment: Moment,
): Step {
  const { cause } = disconnect;
  switch (verdict.do) {
    case "stop":
      return stopForGood(state);
    case "hold": {
      const { needs, untilMs, ask, counted = false } = verdict;
      const go = (from: EngineState): Step => holdFor(from, moment, cause, needs, untilMs, ask);
      return counted ? countFailure(state, cause, moment, go) : go(state);
    }
    case "retry": {
      if (!verdict.counted) return schedule(state, moment, verdict.delayMs, verdict.reason);
      return countFailure(state, cause, moment, (counted) =>
        schedule(counted, moment, verdict.delayMs, verdict.reason),
      );
    }
    case "back-off":
      if (!state.online) return waitForNetwork(state, disconnect, moment);
      return countFailure(state, cause, moment, (counted) => climb(counted, disconnect, moment));
  }
}

/** Without a network a failure says nothing. Whoever says there is none may be wrong, so a try now and then remains. */
function waitForNetwork(state: EngineState, disconnect: Disconnect, moment: Moment): Step {
  const floorMs = retryAfterFloor(disconnect, moment.settings);
  const delayMs = Math.max(floorMs, moment.settings.offline.retryMs);
  return schedule(state, moment, delayMs, "offline", delayMs - floorMs);
}
