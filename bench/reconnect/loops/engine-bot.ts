import {
  type Admission,
  type AdmissionLane,
  type AdmissionTicket,
  type Connectivity,
  type Effect,
  type EngineEvent,
  type EngineState,
  type ReconnectPolicy,
  classify,
} from "@motte/reconnect";
import type { Bot, Socket } from "../world/bot.ts";
import { closeOf } from "./loop.ts";

/** What a bot is given besides its policy. */
export interface EnginePorts {
  readonly admission?: Admission;
  readonly connectivity?: Connectivity;
}

/** The engine of this package with a world's sockets and timers in place of the supervisor's. */
export class EngineBot {
  readonly #bot: Bot;
  readonly #policy: ReconnectPolicy;
  readonly #ports: EnginePorts;
  #state: EngineState;
  #timer: Disposable | undefined;
  #stableTimer: Disposable | undefined;
  #socket: Socket | undefined;

  constructor(bot: Bot, policy: ReconnectPolicy, ports: EnginePorts = {}) {
    this.#bot = bot;
    this.#policy = policy;
    this.#ports = ports;
    this.#state = policy.initial;
  }

  start(): void {
    this.#send({ type: "start" });
    this.#ports.connectivity?.onChange((online) => this.#send({ type: "connectivity", online }));
  }

  #send(event: EngineEvent): void {
    const { world, random } = this.#bot;
    const nowMs = world.now();
    const environment = { nowMs, monotonicMs: nowMs, random };
    const { state, effects } = this.#policy.reduce(this.#state, event, environment);
    this.#state = state;
    for (const effect of effects) this.#carryOut(effect);
  }

  #carryOut(effect: Effect): void {
    if (effect.type === "connect") this.#connect(effect.generation);
    if (effect.type === "end") this.#socket?.end(undefined);
    if (effect.type === "cancel-timer") this.#timer?.[Symbol.dispose]();
    if (effect.type === "arm-timer") {
      this.#timer?.[Symbol.dispose]();
      this.#timer = this.#bot.after(effect.delayMs, () => this.#send({ type: "timer" }));
    }
    if (effect.type === "arm-stable-timer") {
      const { generation } = effect;
      this.#stableTimer = this.#bot.after(effect.delayMs, () =>
        this.#send({ type: "stable-timer", generation }),
      );
    }
  }

  #connect(generation: number): void {
    const { admission } = this.#ports;
    if (admission === undefined) return this.#open(generation);
    const request = { id: this.#bot.id, lane: laneOf(this.#state) };
    void admission.acquire(request).then((ticket) => this.#open(generation, ticket));
  }

  #open(generation: number, ticket?: AdmissionTicket): void {
    let opened = false;
    this.#socket = this.#bot.connect((update) => {
      if (update.qr !== undefined) this.#send({ type: "qr", generation });
      if (update.isNewLogin === true) this.#send({ type: "paired", generation });
      if (update.qr !== undefined || update.connection === "open") {
        opened = true;
        ticket?.release("opened");
      }
      if (update.connection === "open") this.#send({ type: "opened", generation });
      const error = closeOf(update);
      if (error === null) return;
      const { paired } = this.#bot.account;
      const disconnect = classify(error, { paired });
      if (!opened) ticket?.release("failed", disconnect);
      else this.#ports.admission?.report?.({ id: this.#bot.id, disconnect });
      this.#stableTimer?.[Symbol.dispose]();
      this.#send({ type: "closed", generation, disconnect });
    });
  }
}

function laneOf({ generation, last }: EngineState): AdmissionLane {
  if (last?.cause === "restart-required") return "restart";
  return generation === 1 ? "boot" : "reconnect";
}
