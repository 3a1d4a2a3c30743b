import type { EngineEnvironment } from "./engine/environment.ts";
import type { EngineEvent } from "./engine/event.ts";
import { reduce } from "./engine/reduce.ts";
import { restore } from "./engine/restore.ts";
import { type PolicyOptions, policySettings } from "./engine/settings.ts";
import { type EngineState, initialState } from "./engine/state.ts";
import { type SavedState, readState, savedState } from "./engine/state-json.ts";
import type { Step } from "./engine/step.ts";

/** Decides whether, when and how to connect again. Pure: it holds no state, no timer and no socket. */
export interface ReconnectPolicy {
  readonly initial: EngineState;
  /** What one event makes of a state. Takes and returns plain JSON, and never changes what it is given. */
  reduce(state: EngineState, event: EngineEvent, environment: EngineEnvironment): Step;
  /** The state as versioned plain JSON, to keep for the next process. */
  toJSON(state: EngineState): SavedState;
  /**
   * What a new process makes of kept JSON: a state for `start`, in which no wait is shorter and a process that died is
   * counted. Throws a `ReconnectError` when it is not what `toJSON` returned: a damaged state is never a fresh one.
   */
  fromJSON(json: unknown, environment: EngineEnvironment): EngineState;
}

/** Makes a policy. Throws a `UsageError` when an option makes no sense. */
export function reconnectPolicy(options: PolicyOptions = {}): ReconnectPolicy {
  const settings = policySettings(options);
  return {
    initial: initialState,
    reduce: (state, event, environment) => reduce(state, event, { settings, environment }),
    toJSON: savedState,
    fromJSON: (json, environment) => restore(readState(json), { settings, environment }),
  };
}

/** Takes a policy or the options of one. */
export function asPolicy(policy: ReconnectPolicy | PolicyOptions): ReconnectPolicy {
  return "reduce" in policy ? policy : reconnectPolicy(policy);
}
