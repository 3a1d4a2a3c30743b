import type { ClassifyContext } from "../disconnect.ts";
import type { Effect } from "../engine/effect.ts";
import type { EngineEvent } from "../engine/event.ts";
import type { EngineState } from "../engine/state.ts";
import type { Announcer } from "./announcer.ts";
import type { Landing } from "./flight-host.ts";
import type { ResolvedOptions } from "./options.ts";
import type { ContextExtras } from "./socket-factory.ts";
import type { EventMap, SupervisedSocket } from "./supervised-socket.ts";

/** The supervisor as its ports see it. */
export interface PortHost<S extends SupervisedSocket> {
  readonly options: ResolvedOptions;
  readonly announce: Announcer<S>;
  readonly state: EngineState;
  /** The socket that is connecting or open now. */
  readonly sock: S | undefined;
  dispatch(event: EngineEvent): void;
  /** Ends the present socket, if there is one; the engine decides what comes next. */
  end(context: ClassifyContext, error: Error): void;
  /** Shows events on `ev` as if Baileys had emitted them. */
  deliver(events: EventMap): void;
}

/** One call of the factory that is about to happen. */
export interface ConnectRequest {
  readonly generation: number;
  /** Aborts when the connect is not wanted any more, and again when the socket it led to is gone. */
  readonly signal: AbortSignal;
  /** What the ports asked before this one had to add. */
  readonly extras: ContextExtras;
}

/**
 * Something that serves one supervisor beside its socket. It takes part where it has something to do; nothing here
 * may throw, and what rejects is reported.
 */
export interface Port<S extends SupervisedSocket> {
  /** What `start` begins with instead of the initial state. A rejection is the rejection of `start`. */
  load?(): Promise<EngineState | undefined>;
  /** Every effect of the engine, in order and before the supervisor's own part, with the state it belongs to. */
  effect?(effect: Effect, state: EngineState): void;
  /**
   * Resolves when, for all this port knows, the factory may be called. Ports are asked in the order of their list.
   * Rejects soon after the signal aborts; any other rejection is a failed attempt.
   */
  prepare?(request: ConnectRequest): Promise<ContextExtras | undefined>;
  created?(sock: S, generation: number): void;
  /** The connection is open, and listeners of `onOpen` have heard of it. */
  opened?(sock: S, generation: number): void;
  /** Baileys has drawn a QR code: the server is ready to pair. */
  qr?(sock: S, code: string): void;
  /** What Baileys emits, after listeners of `ev` have heard it. */
  events?(events: EventMap): void;
  /** The socket is gone, and the engine has not heard of it yet. */
  closed?(landing: Landing, generation: number): void;
  /** Saves the credentials when the option `saveCreds` is absent. */
  readonly saveCreds?: () => void | Promise<void>;
  /** Resolves when nothing of the old socket is under way any more. Bounded by `drainMs`. */
  drain?(): Promise<void>;
  /** The supervisor stops. Resolves when nothing is left. */
  stop?(): void | Promise<void>;
}

/** Makes a port, or nothing when the options do not ask for it. */
export type PortMaker = <S extends SupervisedSocket>(host: PortHost<S>) => Port<S> | undefined;
