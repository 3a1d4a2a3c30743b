import type { Event } from "@motte/core/events";
import type { WASocket } from "@whiskeysockets/baileys";
import type { CredentialsVerdict, DisconnectCause, HoldNeed } from "../causes.ts";
import type { Disconnect } from "../disconnect.ts";
import type { RetryReason } from "../engine/effect.ts";
import type { EngineState, Phase } from "../engine/state.ts";
import type { SupervisedSocket } from "./supervised-socket.ts";

/** A connection is open. */
export interface Opened<S> {
  readonly sock: S;
  readonly generation: number;
  /** Whether the account was paired since the connection before this one. */
  readonly isNewLogin: boolean;
}

/** A connection has ended. */
export interface Closed {
  readonly generation: number;
  /** How long it was open, on the monotonic clock. Zero when it never was. */
  readonly uptimeMs: number;
  readonly disconnect: Disconnect;
  /** The error as Baileys gave it. May hold what a log should not. */
  readonly error: Error | undefined;
}

/** The next try is planned. */
export interface Retrying {
  /** Counted failures so far. */
  readonly attempt: number;
  readonly delayMs: number;
  /** Wall time of the next try. */
  readonly atMs: number;
  readonly reason: RetryReason;
  /** The disconnect this answers. Absent when a restored wait goes on. */
  readonly disconnect: Disconnect | undefined;
}

/** The supervisor waits for a time, a person or a pairing. */
export interface Held {
  readonly cause: DisconnectCause;
  /** What happened and what comes next, for a person to read. */
  readonly sentence: string;
  readonly needs: HoldNeed;
  /** Wall time at which it goes on by itself, or `null` when someone must call `resume()`. */
  readonly untilMs: number | null;
  /** What may be done about the credentials. Nothing has been. */
  readonly credentials: CredentialsVerdict;
  readonly disconnect: Disconnect | undefined;
}

/** Nothing connects again by itself. After a hold, `resume()` does. */
export interface GaveUp {
  readonly cause: DisconnectCause;
  /** What happened and what comes next, for a person to read. */
  readonly sentence: string;
  readonly credentials: CredentialsVerdict;
  readonly disconnect: Disconnect | undefined;
}

/** A QR code to show. */
export interface QrShown {
  readonly qr: string;
  /** Counts the windows since the last pairing, from 1. Each holds several codes. */
  readonly window: number;
  /** Wall time at which Baileys replaces the code. */
  readonly expiresAtMs: number;
}

/** Something went wrong beside the connection: a listener threw, a save failed, a drain took too long. */
export interface InternalError {
  readonly where: string;
  readonly error: unknown;
}

/** What a supervisor counted since it was made. */
export interface SupervisorMetrics {
  readonly connects: number;
  readonly opens: number;
  readonly holds: number;
  readonly attempt: number;
  /** How long the connection has been open, on the monotonic clock. Zero when it is not. */
  readonly uptimeMs: number;
  readonly closesByCause: Readonly<Partial<Record<DisconnectCause, number>>>;
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

/** Keeps one Baileys connection alive. */
export interface Supervisor<S extends SupervisedSocket = WASocket> extends AsyncDisposable {
  /** The surface of `sock.ev`. Listeners are added once and hear every socket. */
  readonly ev: WASocket["ev"];
  /** The socket that is connecting or open now. One that has begun to end is not shown. */
  readonly sock: S | undefined;
  readonly state: EngineState;
  metrics(): SupervisorMetrics;

  /**
   * Makes the first connection, and resolves when that has begun. Add listeners before. A second call does nothing.
   * Rejects when what was kept of an earlier run cannot be read; nothing has begun then.
   */
  start(): Promise<void>;
  /**
   * Ends everything and resolves when no socket and no timer is left. It takes at most `drainMs` twice and
   * `closeGraceMs` twice. There is no start after it.
   */
  stop(): Promise<void>;
  /** Goes on after a hold, or does not wait out a delay. A ban's end is kept unless forced, as is the connect budget. */
  resume(options?: { readonly force?: boolean }): void;

  /**
   * Resolves with the socket when the connection is open.
   *
   * Rejects with `RECONNECT_STOPPED` or `RECONNECT_HELD` when it will not open by itself, with `DEADLINE_EXCEEDED`
   * after `timeoutMs`, and with the signal's reason.
   */
  whenOpen(options?: WhenOpenOptions): Promise<S>;
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

  readonly onOpen: Event<Opened<S>>;
  readonly onClose: Event<Closed>;
  readonly onRetry: Event<Retrying>;
  readonly onHold: Event<Held>;
  readonly onGiveUp: Event<GaveUp>;
  readonly onQR: Event<QrShown>;
  readonly onStateChange: Event<{ readonly from: Phase; readonly to: Phase }>;
  /** Without a listener here, these errors are thrown as uncaught exceptions. */
  readonly onInternalError: Event<InternalError>;
}
