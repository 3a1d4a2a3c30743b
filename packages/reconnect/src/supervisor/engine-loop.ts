import type { Clock } from "@motte/core/clock";
import type { Random } from "@motte/core/random";
import type { Effect } from "../engine/effect.ts";
import type { EngineEvent } from "../engine/event.ts";
import type { EngineState, Phase } from "../engine/state.ts";
import type { ReconnectPolicy } from "../policy.ts";

type TimerEffect = Extract<
  Effect,
  { type: "arm-timer" | "cancel-timer" | "arm-stable-timer" | "persist" }
>;

/** What is left to do when the loop has set the timers. */
export type OutwardEffect = Exclude<Effect, TimerEffect>;

/** Whom the loop tells what came of an event, in this order. */
export interface EngineLoopHost {
  entered(event: EngineEvent, from: Phase): void;
  /** Every effect, before it is carried out. */
  effect(effect: Effect): void;
  carryOut(effect: OutwardEffect): void;
  done(event: EngineEvent): void;
}

export interface EngineLoopOptions {
  readonly policy: ReconnectPolicy;
  readonly clock: Clock;
  readonly random: Random;
}

/** Holds the engine's state and its timers, and takes events one at a time, even when one causes the next. */
export class EngineLoop {
  readonly #options: EngineLoopOptions;
  readonly #host: EngineLoopHost;
  readonly #queue: EngineEvent[] = [];
  #state: EngineState;
  #busy = false;
  #timer: Disposable | undefined;
  #stableTimer: Disposable | undefined;

  constructor(options: EngineLoopOptions, host: EngineLoopHost) {
    this.#options = options;
    this.#host = host;
    this.#state = options.policy.initial;
  }

  get state(): EngineState {
    return this.#state;
  }

  /** Goes on from this state instead of the initial one. Call it before the first event. */
  restore(state: EngineState): void {
    this.#state = state;
  }

  dispatch(event: EngineEvent): void {
    this.#queue.push(event);
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
        this.#take(next);
      }
    } finally {
      this.#busy = false;
    }
  }

  #take(event: EngineEvent): void {
    const { policy, clock, random } = this.#options;
    const from = this.#state.phase;
    const { state, effects } = policy.reduce(this.#state, event, {
      nowMs: clock.now(),
      monotonicMs: clock.monotonic(),
      random,
    });
    this.#state = state;
    if (state.opened === null) this.#stableTimer?.[Symbol.dispose]();
    this.#host.entered(event, from);
    for (const effect of effects) {
      this.#host.effect(effect);
      this.#carryOut(effect);
    }
    this.#host.done(event);
  }

  #carryOut(effect: Effect): void {
    const { clock } = this.#options;
    switch (effect.type) {
      case "arm-timer":
        this.#timer?.[Symbol.dispose]();
        // Between two sockets nothing else keeps the process alive.
        this.#timer = clock.after(effect.delayMs, () => this.dispatch({ type: "timer" }), {
          keepAlive: true,
        });
        return;
      case "cancel-timer":
        this.#timer?.[Symbol.dispose]();
        return;
      case "arm-stable-timer": {
        const { generation, delayMs } = effect;
        this.#stableTimer?.[Symbol.dispose]();
        this.#stableTimer = clock.after(delayMs, () =>
          this.dispatch({ type: "stable-timer", generation }),
        );
        return;
      }
      case "persist":
        // Marks where the state must be on disk. A port that keeps it has heard of it.
        return;
      case "connect":
      case "end":
      case "retry":
      case "hold":
      case "rule-failed":
      case "stable":
      case "flapping":
      case "check-ownership":
      case "refresh-version":
      case "stopped":
        this.#host.carryOut(effect);
    }
  }
}
