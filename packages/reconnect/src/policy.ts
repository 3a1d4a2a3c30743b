import type { EngineEnvironment } from "./engine/environment.ts";
import type { EngineEvent } from "./engine/event.ts";
import { reduce } from "./engine/reduce.ts";
import { restore } from "./engine/restore.ts";
import { type PolicyOptions, policySettings } from "./engine/settings.ts";
import { type EngineState, initialState } from "./engine/state.ts";
import type { Step } from "./engine/step.ts";

/** Decides whether, when and how to connect again. Pure: it holds no state, no timer and no socket. */
export interface ReconnectPolicy {
  readonly initial: EngineState;
  /** What one event makes of a state. Takes and returns plain JSON, and never changes what it is given. */
  reduce(state: EngineState, event: EngineEvent, environment: EngineEnvironment): Step;
  /** Makes a saved state ready for `start` in a new process, without shortening any wait. */
  restore(saved: EngineState, environment: EngineEnvironment): EngineState;
}

/** Makes a policy. Throws a `UsageError` when an option makes no sense. */
export function reconnectPolicy(options: PolicyOptions = {}): ReconnectPolicy {
  const settings = policySettings(options);
  return {
    initial: initialState,
    reduce: (state, event, environment) => reduce(state, event, { settings, environment }),
    restore: (saved, environment) => restore(saved, { settings, environment }),
  };
}

/** Takes a policy or the options of one. */
export function asPolicy(policy: ReconnectPolicy | PolicyOptions): ReconnectPolicy {
  return "reduce" in policy ? policy : reconnectPolicy(policy);
}
