import { type SeededRandom, seededRandom } from "@motte/core/random";
import type { Disconnect } from "../disconnect.ts";
import type { Effect } from "../engine/effect.ts";
import type { EngineEnvironment } from "../engine/environment.ts";
import type { EngineEvent } from "../engine/event.ts";
import { type EngineState, isRunning } from "../engine/state.ts";
import type { ReconnectPolicy } from "../policy.ts";
import { disconnectOf, usualReport } from "../reports/reports.ts";
import { sentence } from "../sentence.ts";
import type { ScriptStep } from "./script.ts";
import type { TimelineEntry, TimelineEvent } from "./timeline.ts";

/** An engine on a clock that only a script moves, with one timer and no socket. */
export class Simulation {
  readonly timeline: TimelineEntry[] = [];
  readonly #policy: ReconnectPolicy;
  readonly #random: SeededRandom;
  readonly #mostEvents: number;
  #state: EngineState;
  #persisted: EngineState;
  #events = 0;
  #nowMs = 0;
  #timerAtMs: number | undefined;
  #stableAtMs: number | undefined;

  constructor(policy: ReconnectPolicy, seed: string | number, mostEvents: number) {
    this.#policy = policy;
    this.#random = seededRandom(seed);
    this.#mostEvents = mostEvents;
    this.#state = policy.initial;
    this.#persisted = policy.initial;
    this.#send({ type: "start" });
  }

  get state(): EngineState {
    return this.#state;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** A policy that plans without end is cut off here. */
  get exhausted(): boolean {
    return this.#events >= this.#mostEvents;
  }

  /** Plays one step. `false` when it cannot happen: there will be no connection, or it is open already. */
  play(step: ScriptStep): boolean {
    const needsConnection =
      step.do === "open" || step.do === "close" || step.do === "qr" || step.do === "paired";
    if (needsConnection && !this.#untilConnected()) return false;
    const { generation } = this.#state;
    this.#pass(step.afterMs ?? 0);
    switch (step.do) {
      case "pass":
        return true;
      case "open":
        if (this.#state.opened !== null) return false;
        this.#send({ type: "opened", generation }, { type: "open" });
        return true;
      case "qr":
      case "paired":
        this.#send({ type: step.do, generation }, { type: step.do });
        return true;
      case "close":
        this.#close(step.because);
        return true;
      case "resume":
        this.#send({ type: "resume", force: step.force ?? false }, { type: "resume" });
        return true;
      case "stop":
        this.#send({ type: "stop" });
        return true;
      case "online":
      case "offline":
        this.#send({ type: "connectivity", online: step.do === "online" }, { type: step.do });
        return true;
      case "ownership":
        this.#send(
          { type: "ownership", verdict: step.verdict },
          { type: "ownership", verdict: step.verdict },
        );
        return true;
      case "version":
        this.#send(
          { type: "version", changed: step.changed },
          { type: "version", changed: step.changed },
        );
        return true;
      case "crash":
        this.#crash();
        return true;
    }
  }

  #untilConnected(): boolean {
    while (!isRunning(this.#state.phase) && !this.exhausted) {
      if (this.#timerAtMs === undefined) return false;
      this.#pass(this.#timerAtMs - this.#nowMs);
    }
    return isRunning(this.#state.phase);
  }

  #close(because: Extract<ScriptStep, { do: "close" }>["because"]): void {
    const disconnect: Disconnect =
      typeof because === "string" ? disconnectOf(usualReport(because)) : because;
    const { generation, opened } = this.#state;
    const uptimeMs = opened === null ? 0 : this.#nowMs - opened.monotonicMs;
    const event: EngineEvent = { type: "closed", generation, disconnect };
    this.#send(event, { type: "close", disconnect, uptimeMs });
  }

  #crash(): void {
    this.#timerAtMs = undefined;
    this.#stableAtMs = undefined;
    this.#state = this.#policy.fromJSON(this.#policy.toJSON(this.#persisted), this.#environment());
    this.#record({ type: "crash" });
    this.#send({ type: "start" });
  }

  /** Moves the clock, and lets what falls due on the way happen. */
  #pass(ms: number): void {
    const untilMs = this.#nowMs + ms;
    while (!this.exhausted) {
      const dueMs = Math.min(this.#timerAtMs ?? Infinity, this.#stableAtMs ?? Infinity);
      if (dueMs > untilMs) break;
      this.#nowMs = Math.max(this.#nowMs, dueMs);
      if (dueMs === this.#stableAtMs) {
        this.#stableAtMs = undefined;
        this.#send({ type: "stable-timer", generation: this.#state.generation });
      } else {
        this.#timerAtMs = undefined;
        this.#send({ type: "timer" });
      }
    }
    this.#nowMs = Math.max(this.#nowMs, untilMs);
  }

  #send(event: EngineEvent, shown?: TimelineEvent): void {
    this.#events++;
    const { state, effects } = this.#policy.reduce(this.#state, event, this.#environment());
    this.#state = state;
    if (state.opened === null) this.#stableAtMs = undefined;
    if (shown !== undefined) this.#record(shown);
    for (const effect of effects) this.#carryOut(effect);
  }

  /** A delay too small to move this clock takes a millisecond, as on a real one: else its timer would fire for ever. */
  #timeIn(delayMs: number): number {
    const atMs = this.#nowMs + delayMs;
    return delayMs > 0 && atMs === this.#nowMs ? this.#nowMs + 1 : atMs;
  }

  #carryOut(effect: Effect): void {
    switch (effect.type) {
      case "persist":
        this.#persisted = this.#state;
        return;
      case "arm-timer":
        this.#timerAtMs = this.#timeIn(effect.delayMs);
        return;
      case "cancel-timer":
        this.#timerAtMs = undefined;
        return;
      case "arm-stable-timer":
        this.#stableAtMs = this.#timeIn(effect.delayMs);
        return;
      case "connect":
        return this.#record(effect);
      case "retry": {
        const { reason, delayMs, budgeted } = effect;
        return this.#record({ type: "wait", reason, delayMs, budgeted });
      }
      case "hold": {
        const { hold, credentials } = effect;
        const { needs, untilMs } = hold;
        if (untilMs !== null) return this.#record({ type: "hold", needs, untilMs, credentials });
        const words = sentence(hold.cause, hold);
        return this.#record({ type: "give-up", needs, credentials, sentence: words });
      }
      case "stable":
      case "stopped":
      case "check-ownership":
      case "refresh-version":
        return this.#record({ type: effect.type });
      case "flapping":
        return this.#record(effect);
      case "rule-failed":
        return this.#record({ type: "rule-failed", message: String(effect.error) });
      case "end":
    }
  }

  #record(event: TimelineEvent): void {
    const { phase, attempt } = this.#state;
    this.timeline.push({ ...event, atMs: this.#nowMs, phase, attempt });
  }

  #environment(): EngineEnvironment {
    return { nowMs: this.#nowMs, monotonicMs: this.#nowMs, random: this.#random };
  }
}
