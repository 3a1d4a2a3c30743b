import type { Event } from "@motte/core/events";
import type { WASocket } from "@whiskeysockets/baileys";
import type { EngineState } from "../engine/state.ts";
import type { Counted } from "./counters.ts";
import type { EventsOptions, StreamedEvent } from "./event-stream.ts";
import type { Health } from "./health.ts";
import type { SupervisedSocket } from "./supervised-socket.ts";
import type {
  Closed,
  Flapping,
  GaveUp,
  Held,
  InternalError,
  Opened,
  PairingCodeShown,
  QrShown,
  Ready,
  Retrying,
  Stable,
  StateChange,
} from "./supervisor-events.ts";

/** What a supervisor counted since it was made, and how it is now. Plain JSON. */
export interface SupervisorMetrics extends Counted {
  /** Counted failures since the connection was last stable. */
  readonly attempt: number;
  /** How long the connection has been open, on the monotonic clock. Zero when it is not. */
  readonly uptimeMs: number;
  readonly savePending: boolean;
}

export interface WhenOpenOptions {
  readonly signal?: AbortSignal;
  /** @defaultValue no limit */
  readonly timeoutMs?: number;
}

/** What `execute` gives to its function. */
export interface Execution<S> {
  readonly sock: S;
  readonly generation: number;
  /** Aborts when the socket is lost or the caller's own signal aborts. */
  readonly signal: AbortSignal;
}

/** What became of a logout. */
export interface LoggedOut {
  /** Whether the server said that this device is no longer linked. Without that it may still be. */
  readonly acknowledged: boolean;
  /** Why it is not known, where something went wrong. */
  readonly error?: unknown;
}

/** Keeps one Baileys connection alive. */
export interface Supervisor<S extends SupervisedSocket = WASocket> extends AsyncDisposable {
  /** The surface of `sock.ev`. Listeners are added once and hear every socket. */
  readonly ev: WASocket["ev"];
  /** The socket that is connecting or open now. One that has begun to end is not shown. */
  readonly sock: S | undefined;
  readonly state: EngineState;
  /** How things are now, for a health check or an operator's screen. Plain JSON without secrets. */
  health(): Health;
  metrics(): SupervisorMetrics;

  /**
   * Makes the first connection, and resolves when that has begun. Add listeners before. A second call does nothing.
   * Rejects when what was kept of an earlier run cannot be read; nothing has begun then.
   */
  start(): Promise<void>;
  /**
   * Ends everything and resolves when no socket and no timer is left. It takes at most `drainMs` twice and
   * `closeGraceMs` twice, `drainMs` once more where there is a `state`, and twice more where there is an `auth`.
   * There is no start after it.
   */
  stop(): Promise<void>;
  /**
   * Tells the server that this device is no longer linked, waits for its answer for at most `logoutMs`, and stops.
   * The credentials are left to the caller: once acknowledged they are of no more use. Does not reject.
   */
  logout(): Promise<LoggedOut>;
  /** Goes on after a hold, or does not wait out a delay. A ban's end is kept unless forced, as is the connect budget. */
  resume(options?: { readonly force?: boolean }): void;
  /**
   * Ends the present socket in order and connects anew at once, within the connect budget and without counting a
   * failure. Does nothing when there is no socket. `reason` is for the log.
   */
  recycle(reason?: string): void;

  /**
   * Resolves with the socket when the connection is open.
   *
   * Rejects with `RECONNECT_STOPPED` or `RECONNECT_HELD` when it will not open by itself, with `DEADLINE_EXCEEDED`
   * after `timeoutMs`, and with the signal's reason.
   */
  whenOpen(options?: WhenOpenOptions): Promise<S>;
  /** The same for a connection that is ready: caught up, or open for `readyMs`. */
  whenReady(options?: WhenOpenOptions): Promise<S>;
  /**
   * Waits for an open connection and runs `work` with it, once.
   *
   * Rejects with `RECONNECT_DISCONNECTED` as soon as that connection is lost, because Baileys may leave the call
   * pending for ever. It does not run `work` again: a message may have been sent.
   */
  execute<T>(
    work: (execution: Execution<S>) => Promise<T> | T,
    options?: WhenOpenOptions,
  ): Promise<T>;

  /**
   * Every event from now on, in order, until the supervisor has stopped. Whoever reads too slowly loses the oldest
   * ones, and is told how many.
   */
  events(options?: EventsOptions): AsyncIterableIterator<StreamedEvent<S>>;

  readonly onOpen: Event<Opened<S>>;
  readonly onReady: Event<Ready<S>>;
  readonly onStable: Event<Stable>;
  readonly onFlapping: Event<Flapping>;
  readonly onClose: Event<Closed>;
  readonly onRetry: Event<Retrying>;
  readonly onHold: Event<Held>;
  readonly onGiveUp: Event<GaveUp>;
  readonly onQR: Event<QrShown>;
  readonly onPairingCode: Event<PairingCodeShown>;
  readonly onStateChange: Event<StateChange>;
  /** Without a listener here, these errors are thrown as uncaught exceptions. */
  readonly onInternalError: Event<InternalError>;
}
