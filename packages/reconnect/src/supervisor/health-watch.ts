import type { Clock } from "@motte/core/clock";
import type { EngineState } from "../engine/state.ts";
import type { Announcer } from "./announcer.ts";
import { type Health, healthOf } from "./health.ts";
import type { EventMap } from "./supervised-socket.ts";

/** Remembers of what it hears what a health check wants to know and the engine's state does not say. */
export class HealthWatch<S> {
  readonly #clock: Clock;
  readonly #announce: Announcer<S>;
  #sinceMs: number;
  #ready = false;
  #isOnline: boolean | null = null;
  #pairing: Health["pairing"] = null;

  constructor(clock: Clock, announce: Announcer<S>) {
    this.#clock = clock;
    this.#announce = announce;
    this.#sinceMs = clock.now();
    announce.onStateChange(({ to }) => {
      this.#sinceMs = clock.now();
      if (to !== "pairing") this.#pairing = null;
    });
    announce.onReady(() => {
      this.#ready = true;
    });
    announce.onClose(() => {
      this.#ready = false;
      this.#isOnline = null;
    });
    announce.onQR(({ expiresAtMs }) => {
      this.#pairing = { by: "qr", expiresAtMs };
    });
    announce.onPairingCode(({ expiresAtMs }) => {
      this.#pairing = { by: "code", expiresAtMs };
    });
  }

  get ready(): boolean {
    return this.#ready;
  }

  /** Hears what Baileys emits. */
  events({ "connection.update": update }: EventMap): void {
    this.#isOnline = update?.isOnline ?? this.#isOnline;
    // Baileys says that a code is no longer of use by taking it back.
    if (update !== undefined && "isNewLogin" in update) this.#pairing = null;
  }

  health(state: EngineState, savePending: boolean): Health {
    const { opened } = state;
    return healthOf(state, {
      sinceMs: this.#sinceMs,
      ready: this.#ready,
      isOnline: this.#isOnline,
      uptimeMs: opened === null ? 0 : this.#clock.monotonic() - opened.monotonicMs,
      disconnect: this.#announce.disconnect,
      pairing: this.#pairing,
      savePending,
    });
  }
}
