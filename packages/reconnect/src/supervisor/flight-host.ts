import type { Clock } from "@motte/core/clock";
import type { Disconnect } from "../disconnect.ts";
import type { Flight } from "./flight.ts";
import type { ContextExtras } from "./socket-factory.ts";
import type { EventMap, SupervisedSocket } from "./supervised-socket.ts";
import type { ResolvedTimeouts } from "./timeouts.ts";

/** How a flight ended. */
export interface Landing {
  readonly disconnect: Disconnect;
  /** How long it was open, on the monotonic clock. Zero when it never was. */
  readonly uptimeMs: number;
  /** What Baileys, the factory or the watchdog gave as the reason. */
  readonly error: Error | undefined;
}

/** Whom a flight reports to. None of these may throw. */
export interface FlightHost<S extends SupervisedSocket> {
  readonly clock: Clock;
  readonly timeouts: ResolvedTimeouts;
  /**
   * Resolves, with what the factory is to be told besides, when the factory may be called. A rejection is a failed
   * attempt. Has no time limit here: whoever waits for something bounds it, and gives up when the signal aborts.
   */
  prepare(flight: Flight<S>): Promise<ContextExtras>;
  created(flight: Flight<S>, sock: S): void;
  opened(flight: Flight<S>, sock: S): void;
  qr(flight: Flight<S>, sock: S, code: string): void;
  paired(flight: Flight<S>): void;
  /** Everything Baileys emits, except its `close`. */
  events(events: EventMap): void;
  /** The socket is not usable any more. Called once. */
  closed(flight: Flight<S>, landing: Landing): void;
  /** Resolves when all credentials are saved, or when waiting for it takes too long. Never rejects. */
  drain(): Promise<void>;
  internalError(where: string, error: unknown): void;
}
