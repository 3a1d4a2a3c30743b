import type { EventFacade } from "./event-facade.ts";
import type { CloseEvents } from "./options.ts";
import type { EventMap } from "./supervised-socket.ts";

/**
 * What `ev` says about the connection.
 *
 * With `terminal-only` a drop is shown as `connecting`, and `close` only when nothing connects again by itself: the
 * usual "on close, connect again" handler would otherwise build a second socket beside the supervisor's.
 */
export class ConnectionShow {
  readonly #facade: EventFacade;
  readonly #closeEvents: CloseEvents;
  readonly #nowMs: () => number;
  /** Whether users have seen a connection that has not been shown as closed. */
  #shown = false;

  constructor(facade: EventFacade, closeEvents: CloseEvents, nowMs: () => number) {
    this.#facade = facade;
    this.#closeEvents = closeEvents;
    this.#nowMs = nowMs;
  }

  /** Passes on what Baileys emits while the socket is alive. */
  events(events: EventMap): void {
    if (events["connection.update"]?.connection !== undefined) this.#shown = true;
    this.#facade.deliver(events);
  }

  /** A socket is gone. */
  closed(error: Error | undefined, forGood: boolean): void {
    if (forGood || this.#closeEvents === "raw") return this.#close(error);
    this.#shown = true;
    this.#facade.deliver({
      "connection.update": { connection: "connecting", receivedPendingNotifications: false },
    });
  }

  /** What looked like a drop that is answered is none after all. */
  gaveUp(error: Error | undefined): void {
    if (this.#shown) this.#close(error);
  }

  /** The supervisor has stopped. Whoever saw a connection sees it close, once. */
  stopped(): void {
    if (this.#shown) this.#close(undefined);
  }

  #close(error: Error | undefined): void {
    this.#shown = false;
    this.#facade.deliver({
      "connection.update": {
        connection: "close",
        lastDisconnect: { error, date: new Date(this.#nowMs()) },
      },
    });
  }
}
