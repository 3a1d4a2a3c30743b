export { type Backoff, type BackoffContext } from "./backoff/backoff.ts";
export { type ConstantOptions, constant } from "./backoff/constant.ts";
export { type DecorrelatedOptions, decorrelated } from "./backoff/decorrelated.ts";
export { type ExponentialOptions, exponential } from "./backoff/exponential.ts";
export { fibonacci } from "./backoff/fibonacci.ts";
export { type Jitter } from "./backoff/jitter.ts";
export { type LadderOptions } from "./backoff/ladder.ts";
export { type ScheduleOptions, schedule } from "./backoff/schedule.ts";
export {
  type CauseDescription,
  type CauseRule,
  type CredentialsVerdict,
  type DisconnectCause,
  type DisconnectOrigin,
  type HoldNeed,
  causes,
} from "./causes.ts";
export { classify } from "./classify/classify.ts";
export { type ClassifyContext, type Disconnect, type UnreadableStanza } from "./disconnect.ts";
export { type Effect, type Question, type RetryReason } from "./engine/effect.ts";
export { type EngineEnvironment } from "./engine/environment.ts";
export { type EngineEvent } from "./engine/event.ts";
export { type PolicyOptions, type RateLimit } from "./engine/settings.ts";
export { type EngineState, type Hold, type Phase, type Wait } from "./engine/state.ts";
export { type SavedState } from "./engine/state-json.ts";
export { type Step } from "./engine/step.ts";
export { ReconnectError, type ReconnectErrorCode, type ReconnectErrorOptions } from "./errors.ts";
export { type CauseExplanation, type Explanation, explain } from "./explain/explain.ts";
export {
  type Admission,
  type AdmissionLane,
  type AdmissionOutcome,
  type AdmissionRequest,
  type AdmissionTicket,
  type EndedConnection,
} from "./fleet/admission.ts";
export { type Fleet, fleet } from "./fleet/fleet.ts";
export { type BreakerOptions, type FleetOptions } from "./fleet/options.ts";
export { type RedisFleetOptions } from "./fleet/redis/options.ts";
export { type RedisFleet, redisFleet } from "./fleet/redis/redis-fleet.ts";
export { type BreakerSnapshot, type EgressSnapshot, type FleetSnapshot } from "./fleet/snapshot.ts";
export { type Rule, type RuleVerdict } from "./policies/rule.ts";
export { type ReconnectPolicy, reconnectPolicy } from "./policy.ts";
export { type ScriptStep } from "./simulate/script.ts";
export { type SimulateOptions, type SimulationResult, simulate } from "./simulate/simulate.ts";
export { type TimelineEntry, type TimelineEvent } from "./simulate/timeline.ts";
export { type AuthHandle, type AuthSource } from "./ports/auth-source.ts";
export { type Connectivity } from "./ports/connectivity.ts";
export {
  type InterfaceAddress,
  type NetworkInterfacesOptions,
  networkInterfaces,
} from "./ports/network-interfaces.ts";
export { type Ownership, type OwnershipVerdict } from "./ports/ownership.ts";
export { type VersionSource } from "./ports/version-source.ts";
export { type Preset } from "./presets/preset.ts";
export { type PresetName, presets } from "./presets/presets.ts";
export { fileStateStore } from "./state-store/file-state-store.ts";
export { type StateStore } from "./state-store/state-store.ts";
export { type CloseEvents, type SuperviseOptions } from "./supervisor/options.ts";
export { type PortOptions } from "./supervisor/port-options.ts";
export {
  type AuthenticatedContext,
  type SocketContext,
  type SocketFactory,
} from "./supervisor/socket-factory.ts";
export {
  type SocketTransport,
  type SupervisedCreds,
  type SupervisedSocket,
} from "./supervisor/supervised-socket.ts";
export {
  type Stoppable,
  type StopOnSignalsOptions,
  stopOnSignals,
} from "./supervisor/stop-on-signals.ts";
export { supervise } from "./supervisor/supervise.ts";
export {
  type Closed,
  type Flapping,
  type GaveUp,
  type Held,
  type InternalError,
  type Opened,
  type PairingCodeShown,
  type QrShown,
  type Ready,
  type Retrying,
  type Stable,
  type StateChange,
  type SupervisorEvent,
  type SupervisorEvents,
} from "./supervisor/supervisor-events.ts";
export { type Counted } from "./supervisor/counters.ts";
export { type DiagnosticMessage, type MeasuredSupervisor } from "./supervisor/diagnostics.ts";
export { type EventsOptions, type StreamedEvent } from "./supervisor/event-stream.ts";
export { type Health } from "./supervisor/health.ts";
export { type LivenessOptions } from "./supervisor/liveness-options.ts";
export { type PairingOptions } from "./supervisor/pairing-options.ts";
export {
  type Execution,
  type LoggedOut,
  type Supervisor,
  type SupervisorMetrics,
  type WhenOpenOptions,
} from "./supervisor/supervisor.ts";
export { type SupervisorTimeouts } from "./supervisor/timeouts.ts";
