import { causes } from "../causes.ts";
import { closed } from "./closed.ts";
import type { Effect } from "./effect.ts";
import type { EngineEvent } from "./event.ts";
import { type EngineState, type Hold, type Wait, isRunning } from "./state.ts";
import {
  type Moment,
  type Step,
  connect,
  forgetFailures,
  holdFor,
  schedule,
  stay,
  stopForGood,
} from "./step.ts";
import { withinWindow } from "./window.ts";
import { withChanges } from "./with-changes.ts";

/** The whole engine: what one event makes of a state. Pure, total, and a no-op for events of another generation. */
export function reduce(state: EngineState, event: EngineEvent, moment: Moment): Step {
  if ("generation" in event && event.generation !== state.generation) return stay(state);
  switch (event.type) {
    case "start":
      return start(state, moment);
    case "timer":
      return timer(state, moment);
    case "qr":
      return state.phase === "connecting"
        ? stay(withChanges(state, { phase: "pairing" }))
        : stay(state);
    case "paired":
      return isRunning(state.phase) ? paired(state) : stay(state);
    case "opened":
      return opened(state, moment);
    case "stable-timer":
      return stableTimer(state, moment);
    case "closed":
      return isRunning(state.phase) ? closed(state, event.disconnect, moment) : stay(state);
    case "connectivity":
      return connectivity(state, moment, event.online);
    case "ownership":
      return ownership(state, moment, event.verdict);
    case "version":
      return version(state, moment, event.changed);
    case "resume":
      return resume(state, moment, event.force ?? false);
    case "stop":
      return stop(state);
  }
}

// A state restored after a restart waits or holds on, with the same end.
function start(state: EngineState, moment: Moment): Step {
  if (state.phase !== "idle") return stay(state);
  if (state.hold !== null) return holdOn(withChanges(state, { phase: "held" }), state.hold, moment);
  if (state.wait !== null) return waitOn(state, state.wait, moment);
  return connect(state, moment);
}

function holdOn(state: EngineState, hold: Hold, { environment }: Moment): Step {
  const { credentials } = causes[hold.cause];
  const effects: Effect[] = [{ type: "persist" }, { type: "hold", hold, credentials }];
  if (hold.untilMs !== null) {
    const delayMs = Math.max(0, hold.untilMs - environment.nowMs);
    effects.unshift({ type: "arm-timer", delayMs });
  }
  // The process that asked died before it heard the answer.
  if (hold.needs === "ownership") effects.push({ type: "check-ownership" });
  if (hold.needs === "version" && state.versionRefresh === "asked") {
    effects.push({ type: "refresh-version" });
  }
  return { state, effects };
}

function waitOn(state: EngineState, wait: Wait, { environment }: Moment): Step {
  const delayMs = Math.max(0, wait.untilMs - environment.nowMs);
  const monotonicUntilMs = environment.monotonicMs + delayMs;
  return {
    state: withChanges(state, { phase: "waiting", wait: { ...wait, monotonicUntilMs } }),
    effects: [
      { type: "arm-timer", delayMs },
      // The wait may come from restoring a state that was saved while connecting.
      { type: "persist" },
      { type: "retry", reason: "restored", delayMs, attempt: state.attempt, budgeted: false },
    ],
  };
}

// A timer may fire early or more than once, so the engine looks at the clocks itself and arms the rest.
function timer(state: EngineState, moment: Moment): Step {
  const remainingMs = remaining(state, moment);
  if (remainingMs === undefined) return stay(state);
  if (remainingMs <= 0) return connect(timeIsUp(state, moment), moment);
  return { state, effects: [{ type: "arm-timer", delayMs: remainingMs }] };
}

function timeIsUp(state: EngineState, { settings, environment }: Moment): EngineState {
  if (state.hold?.needs !== "ownership") return state;
  const taken = withinWindow(state.takeovers, settings.replaced.windowMs, environment.nowMs);
  return withChanges(state, { takeovers: [...taken, environment.nowMs] });
}

function remaining(
  { phase, wait, hold }: EngineState,
  { environment }: Moment,
): number | undefined {
  if (phase === "waiting" && wait !== null) {
    return wait.monotonicUntilMs === null
      ? wait.untilMs - environment.nowMs
      : wait.monotonicUntilMs - environment.monotonicMs;
  }
  if (phase === "held" && hold !== null && hold.untilMs !== null) {
    return hold.untilMs - environment.nowMs;
  }
  return undefined;
}

// Kept, or a process that dies now would count windows from before the pairing.
function paired(state: EngineState): Step {
  if (state.qrWindows === 0) return stay(state);
  return { state: withChanges(state, { qrWindows: 0 }), effects: [{ type: "persist" }] };
}

function opened(state: EngineState, { environment, settings }: Moment): Step {
  if (state.phase !== "connecting" && state.phase !== "pairing") return stay(state);
  return {
    state: withChanges(state, {
      phase: "open",
      reloadCredentials: false,
      opened: { atMs: environment.nowMs, monotonicMs: environment.monotonicMs },
    }),
    effects: [
      {
        type: "arm-stable-timer",
        generation: state.generation,
        delayMs: settings.stableAfterMs,
      },
      { type: "persist" },
    ],
  };
}

function stableTimer(state: EngineState, { environment, settings }: Moment): Step {
  if (state.phase !== "open" || state.opened === null) return stay(state);
  const uptimeMs = environment.monotonicMs - state.opened.monotonicMs;
  if (uptimeMs < settings.stableAfterMs) {
    const delayMs = settings.stableAfterMs - uptimeMs;
    return {
      state,
      effects: [{ type: "arm-stable-timer", generation: state.generation, delayMs }],
    };
  }
  return {
    state: withChanges(forgetFailures(state), { phase: "stable" }),
    effects: [{ type: "persist" }, { type: "stable" }],
  };
}

function connectivity(state: EngineState, moment: Moment, online: boolean): Step {
  const told = state.online === online ? state : withChanges(state, { online });
  const { wait } = state;
  if (!online || state.phase !== "waiting" || wait === null || wait.skippableMs === 0) {
    return stay(told);
  }
  const remainingMs = Math.max(0, remaining(state, moment) ?? 0);
  const floorMs = Math.max(0, remainingMs - wait.skippableMs);
  // What lost the network together gets it back together.
  const spreadMs = Math.round(moment.environment.random.next() * moment.settings.offline.spreadMs);
  return schedule(told, moment, Math.min(remainingMs, Math.max(floorMs, spreadMs)), "online");
}

function ownership(
  state: EngineState,
  moment: Moment,
  verdict: Extract<EngineEvent, { type: "ownership" }>["verdict"],
): Step {
  const { phase, hold } = state;
  if (phase !== "held" || hold?.needs !== "ownership") return stay(state);
  const { cause, untilMs } = hold;
  if (verdict !== "mine") {
    return untilMs === null ? stay(state) : holdFor(state, moment, cause, "ownership", null);
  }
  if (untilMs !== null) return stay(state);
  const { nowMs, random } = moment.environment;
  const { takeovers: most, windowMs, holdMs } = moment.settings.replaced;
  const takeovers = withinWindow(state.takeovers, windowMs, nowMs);
  if (takeovers.length >= most) return holdFor(state, moment, cause, "operator", null);
  const takeOverAtMs = nowMs + Math.round(holdMs * (1 + random.next()));
  return holdFor(withChanges(state, { takeovers }), moment, cause, "ownership", takeOverAtMs);
}

function version(state: EngineState, moment: Moment, changed: boolean): Step {
  const { phase, hold, versionRefresh } = state;
  if (phase !== "held" || hold?.needs !== "version" || versionRefresh !== "asked") {
    return stay(state);
  }
  const answered = withChanges(state, { versionRefresh: "answered" });
  if (changed) return connect(answered, moment);
  return { state: answered, effects: [{ type: "persist" }] };
}

function resume(state: EngineState, moment: Moment, force: boolean): Step {
  if (state.phase === "waiting") return connect(state, moment, force);
  if (state.phase !== "held" || state.hold === null) return stay(state);
  const { cause, untilMs } = state.hold;
  // Coming back early may lengthen a ban, so it takes more than a plain resume.
  const banned = cause === "temp-banned" && untilMs !== null && untilMs > moment.environment.nowMs;
  if (banned && !force) return stay(state);
  const fresh = withChanges(state, {
    attempt: 0,
    failingSinceMs: null,
    refusals: 0,
    versionRefusals: 0,
    versionRefresh: "unused",
    qrWindows: 0,
    earlyCloses: 0,
  });
  return connect(fresh, moment, force);
}

function stop(state: EngineState): Step {
  if (state.phase === "stopped") return stay(state);
  const stopped = stopForGood(state);
  if (!isRunning(state.phase)) return stopped;
  return {
    state: stopped.state,
    effects: [{ type: "end", generation: state.generation }, ...stopped.effects],
  };
}
