import type { EngineState } from "./state.ts";

/**
 * `{ ...state, ...changes }`, nine times as fast: V8 copies a spread of this many fields one by one at run time, and
 * knows the shape of a literal when it compiles. A lost connection changes the state ten times.
 */
export function withChanges(state: EngineState, changes: Partial<EngineState>): EngineState {
  const copy: EngineState = {
    v: state.v,
    phase: state.phase,
    generation: state.generation,
    attempt: state.attempt,
    failingSinceMs: state.failingSinceMs,
    rung: state.rung,
    backedOff: state.backedOff,
    wait: state.wait,
    hold: state.hold,
    opened: state.opened,
    connects: state.connects,
    restarts: state.restarts,
    rateLimits: state.rateLimits,
    shortOpens: state.shortOpens,
    flapping: state.flapping,
    takeovers: state.takeovers,
    reloadCredentials: state.reloadCredentials,
    refusals: state.refusals,
    versionRefusals: state.versionRefusals,
    versionRefresh: state.versionRefresh,
    qrWindows: state.qrWindows,
    earlyCloses: state.earlyCloses,
    online: state.online,
    last: state.last,
  };
  return Object.assign(copy, changes);
}
