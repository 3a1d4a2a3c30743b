import { closed } from "./closed.ts";
import type { EngineEvent } from "./event.ts";
import { type EngineState, isRunning } from "./state.ts";
import { type Moment, type Step, connect, forgetFailures, stay, stopForGood } from "./step.ts";

/** The whole engine: what one event makes of a state. Pure, total, and a no-op for events of another generation. */
export function reduce(state: EngineState, event: EngineEvent, moment: Moment): Step {
  if ("generation" in event && event.generation !== state.generation) return stay(state);
  switch (event.type) {
    case "start":
      return start(state, moment);
    case "timer":
      return timer(state, moment);
    case "qr":
      return state.phase === "connecting" ? stay({ ...state, phase: "pairing" }) : stay(state);
    case "paired":
      return isRunning(state.phase) ? stay({ ...state, qrWindows: 0 }) : stay(state);
    case "opened":
      return opened(state, moment);
    case "stable-timer":
      return stableTimer(state, moment);
    case "closed":
      return isRunning(state.phase) ? closed(state, event.disconnect, moment) : stay(state);
    case "resume":
      return resume(state, moment, event.force ?? false);
    case "stop":
      return stop(state);
  }
}

// A state restored after a restart waits or holds on, with the same end.
function start(state: EngineState, moment: Moment): Step {
  if (state.phase !== "idle") return stay(state);
  const { environment } = moment;
  const { hold, wait } = state;
  if (hold !== null) {
    const held: EngineState = { ...state, phase: "held" };
    if (hold.untilMs === null) return stay(held);
    const delayMs = Math.max(0, hold.untilMs - environment.nowMs);
    return { state: held, effects: [{ type: "arm-timer", delayMs }] };
  }
  if (wait !== null) {
    const delayMs = Math.max(0, wait.untilMs - environment.nowMs);
    const monotonicUntilMs = environment.monotonicMs + delayMs;
    return {
      state: { ...state, phase: "waiting", wait: { ...wait, monotonicUntilMs } },
      effects: [
        { type: "arm-timer", delayMs },
        // The wait may come from restoring a state that was saved while connecting.
        { type: "persist" },
        { type: "retry", reason: "restored", delayMs, attempt: state.attempt, budgeted: false },
      ],
    };
  }
  return connect(state, moment);
}

// A timer may fire early or more than once, so the engine looks at the clocks itself and arms the rest.
function timer(state: EngineState, moment: Moment): Step {
  const remainingMs = remaining(state, moment);
  if (remainingMs === undefined) return stay(state);
  if (remainingMs <= 0) return connect(state, moment);
  return { state, effects: [{ type: "arm-timer", delayMs: remainingMs }] };
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

function opened(state: EngineState, { environment, settings }: Moment): Step {
  if (state.phase !== "connecting" && state.phase !== "pairing") return stay(state);
  return {
    state: {
      ...state,
      phase: "open",
      opened: { atMs: environment.nowMs, monotonicMs: environment.monotonicMs },
    },
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
    state: { ...forgetFailures(state), phase: "stable" },
    effects: [{ type: "persist" }, { type: "stable" }],
  };
}

function resume(state: EngineState, moment: Moment, force: boolean): Step {
  if (state.phase === "waiting") return connect(state, moment, force);
  if (state.phase !== "held" || state.hold === null) return stay(state);
  const { cause, untilMs } = state.hold;
  // Coming back early may lengthen a ban, so it takes more than a plain resume.
  const banned = cause === "temp-banned" && untilMs !== null && untilMs > moment.environment.nowMs;
  if (banned && !force) return stay(state);
  const fresh: EngineState = {
    ...state,
    attempt: 0,
    refusals: 0,
    versionRefusals: 0,
    qrWindows: 0,
  };
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
