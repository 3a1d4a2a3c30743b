import { seededRandom } from "@motte/core/random";
import {
  type Disconnect,
  type DisconnectCause,
  type Effect,
  type EngineEnvironment,
  type EngineEvent,
  type EngineState,
  type ReconnectPolicy,
  causes,
} from "@motte/reconnect";

/** One thing that happens to an engine in a test. */
export type Action =
  | { readonly do: "advance"; readonly ms: number }
  /** The process is too busy for its timers. */
  | { readonly do: "stall"; readonly ms: number }
  /** The machine sleeps: the wall clock moves and the monotonic one does not. */
  | { readonly do: "sleep"; readonly ms: number }
  /** The wall clock is set back. No time passes. */
  | { readonly do: "set back"; readonly ms: number }
  /** Time moves to the armed timer, which fires. */
  | { readonly do: "fire" }
  /** Both timers fire though nobody armed them. */
  | { readonly do: "spurious" }
  | { readonly do: "open" }
  | { readonly do: "qr" }
  | { readonly do: "paired" }
  | {
      readonly do: "close";
      readonly cause: DisconnectCause;
      readonly retryAfterMs?: number;
      readonly paired?: boolean;
    }
  | { readonly do: "stale"; readonly cause: DisconnectCause }
  | { readonly do: "resume"; readonly force: boolean }
  | { readonly do: "network"; readonly online: boolean }
  | { readonly do: "ownership"; readonly verdict: "mine" | "theirs" | "unknown" }
  | { readonly do: "version"; readonly changed: boolean }
  /** The process dies and starts again from the state last persisted. */
  | { readonly do: "crash" }
  /** The program stops and starts again, as for a deployment. */
  | { readonly do: "deploy" };

/** One event, and what the engine made of it. */
export interface Moment extends EngineEnvironment {
  readonly event: EngineEvent | { readonly type: "new process" };
  /** Time as it really passes: it never jumps, and machines cannot sleep through it. */
  readonly trueMs: number;
  readonly before: EngineState;
  readonly after: EngineState;
  readonly effects: readonly Effect[];
  /** Sockets alive after the effects. */
  readonly live: number;
  readonly timerArmed: boolean;
}

const RUNNING = new Set(["connecting", "pairing", "open", "stable"]);

export const isRunning = (state: EngineState): boolean => RUNNING.has(state.phase);

export function disconnectOf(
  cause: DisconnectCause,
  known: Pick<Disconnect, "retryAfterMs" | "paired"> = {},
): Disconnect {
  const { origin, credentials } = causes[cause];
  return { cause, origin, credentials, message: "", ...known };
}

/** An engine with two clocks, one timer and at most one socket, all pretended. */
export class EngineRun {
  readonly moments: Moment[] = [];
  state: EngineState;
  nowMs = 1_700_000_000_000;
  monotonicMs = 0;
  trueMs = 0;
  readonly #policy: ReconnectPolicy;
  readonly #random: EngineEnvironment["random"];
  #persisted: EngineState;
  #live = 0;
  #timerAtMs: number | undefined;
  #stableAtMs: number | undefined;

  constructor(policy: ReconnectPolicy, seed = 0) {
    this.#policy = policy;
    this.#random = seededRandom(seed);
    this.state = policy.initial;
    this.#persisted = policy.initial;
    this.send({ type: "start" });
  }

  get environment(): EngineEnvironment {
    return { nowMs: this.nowMs, monotonicMs: this.monotonicMs, random: this.#random };
  }

  act(action: Action): void {
    const { generation } = this.state;
    switch (action.do) {
      case "advance":
        return this.#advance(action.ms);
      case "stall":
        return this.#pass(action.ms);
      case "sleep":
        this.nowMs += action.ms;
        this.trueMs += action.ms;
        return;
      case "set back":
        this.nowMs -= action.ms;
        return;
      case "fire":
        if (this.#timerAtMs !== undefined) this.#advance(this.#timerAtMs - this.monotonicMs);
        return;
      case "spurious":
        this.send({ type: "stable-timer", generation });
        return this.send({ type: "timer" });
      case "open":
        return this.send({ type: "opened", generation });
      case "qr":
        return this.send({ type: "qr", generation });
      case "paired":
        return this.send({ type: "paired", generation });
      case "close": {
        const { cause, do: _, ...known } = action;
        const disconnect = disconnectOf(cause, known);
        if (isRunning(this.state)) this.send({ type: "closed", generation, disconnect });
        return;
      }
      case "stale": {
        const disconnect = disconnectOf(action.cause);
        return this.send({ type: "closed", generation: generation - 1, disconnect });
      }
      case "resume":
        return this.send({ type: "resume", force: action.force });
      case "network":
        return this.send({ type: "connectivity", online: action.online });
      case "ownership":
        return this.send({ type: "ownership", verdict: action.verdict });
      case "version":
        return this.send({ type: "version", changed: action.changed });
      case "deploy":
        this.send({ type: "stop" });
        return this.#newProcess();
      case "crash":
        return this.#newProcess();
    }
  }

  send(event: EngineEvent): void {
    const before = deepFreeze(this.state);
    const environment = this.environment;
    const { state, effects } = this.#policy.reduce(before, event, environment);
    this.state = state;
    if (event.type === "closed" && event.generation === before.generation && isRunning(before)) {
      this.#live--;
      this.#stableAtMs = undefined;
    }
    for (const effect of effects) this.#apply(effect);
    this.#record(event, before, effects, environment);
  }

  #apply(effect: Effect): void {
    if (effect.type === "connect") this.#live++;
    if (effect.type === "end") this.#live--;
    if (effect.type === "persist") this.#persisted = this.state;
    if (effect.type === "cancel-timer") this.#timerAtMs = undefined;
    if (effect.type === "arm-timer") this.#timerAtMs = this.monotonicMs + effect.delayMs;
    if (effect.type === "arm-stable-timer") this.#stableAtMs = this.monotonicMs + effect.delayMs;
  }

  #advance(ms: number): void {
    const untilMs = this.monotonicMs + ms;
    // The bound keeps a broken engine that arms zero for ever from hanging the test.
    for (let fired = 0; fired < 50; fired++) {
      const dueMs = Math.min(this.#timerAtMs ?? Infinity, this.#stableAtMs ?? Infinity);
      if (dueMs > untilMs) break;
      this.#pass(Math.max(0, dueMs - this.monotonicMs));
      if (dueMs === this.#stableAtMs) {
        this.#stableAtMs = undefined;
        this.send({ type: "stable-timer", generation: this.state.generation });
      } else {
        this.#timerAtMs = undefined;
        this.send({ type: "timer" });
      }
    }
    this.#pass(Math.max(0, untilMs - this.monotonicMs));
  }

  #pass(ms: number): void {
    this.nowMs += ms;
    this.monotonicMs += ms;
    this.trueMs += ms;
  }

  #newProcess(): void {
    const before = this.state;
    const saved: unknown = JSON.parse(JSON.stringify(this.#policy.toJSON(this.#persisted)));
    this.#live = 0;
    this.#timerAtMs = undefined;
    this.#stableAtMs = undefined;
    this.monotonicMs = 0;
    this.state = this.#policy.fromJSON(saved, this.environment);
    this.#record({ type: "new process" }, before, [], this.environment);
    this.send({ type: "start" });
  }

  #record(
    event: Moment["event"],
    before: EngineState,
    effects: readonly Effect[],
    environment: EngineEnvironment,
  ): void {
    const { state: after, trueMs } = this;
    const live = this.#live;
    const timerArmed = this.#timerAtMs !== undefined;
    this.moments.push({ ...environment, event, before, after, effects, live, timerArmed, trueMs });
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
