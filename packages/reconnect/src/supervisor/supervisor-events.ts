import type { CredentialsVerdict, DisconnectCause, HoldNeed } from "../causes.ts";
import type { Disconnect } from "../disconnect.ts";
import type { RetryReason } from "../engine/effect.ts";
import type { Phase } from "../engine/state.ts";

/** A connection is open. */
export interface Opened<S> {
  readonly sock: S;
  readonly generation: number;
  /** Whether the account was paired since the connection before this one. */
  readonly isNewLogin: boolean;
}

/** An open connection has caught up, or was waited for long enough. */
export interface Ready<S> {
  readonly sock: S;
  readonly generation: number;
  /**
   * Whether the server said that everything kept while the account was away has been sent
   * (`receivedPendingNotifications`). `false` when that did not come within `readyMs`; it may never come.
   */
  readonly caughtUp: boolean;
  /** How long the connection has been open, on the monotonic clock. */
  readonly uptimeMs: number;
}

/** A connection has lasted long enough for earlier failures to be forgotten. */
export interface Stable {
  readonly generation: number;
  /** On the monotonic clock. */
  readonly uptimeMs: number;
}

/** The connection opens and is lost again and again. Said once, until one has been stable. */
export interface Flapping {
  /** Connections within `windowMs` that were lost before they were stable. */
  readonly opens: number;
  readonly windowMs: number;
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

/** A code to type on the phone. */
export interface PairingCodeShown {
  readonly code: string;
  /** Counts the windows since the last pairing, from 1. Each has one code. */
  readonly window: number;
  /** Wall time at which the window ends, and the code with it. */
  readonly expiresAtMs: number;
}

/** The engine has gone from one phase to another. */
export interface StateChange {
  readonly from: Phase;
  readonly to: Phase;
}

/** Something went wrong beside the connection: a listener threw, a save failed, a drain took too long. */
export interface InternalError {
  readonly where: string;
  readonly error: unknown;
}

/** Every event of a supervisor by its name. */
export interface SupervisorEvents<S> {
  readonly open: Opened<S>;
  readonly ready: Ready<S>;
  readonly stable: Stable;
  readonly flapping: Flapping;
  readonly close: Closed;
  readonly retry: Retrying;
  readonly hold: Held;
  readonly "give-up": GaveUp;
  readonly qr: QrShown;
  readonly "pairing-code": PairingCodeShown;
  readonly "state-change": StateChange;
  readonly "internal-error": InternalError;
}

/** One event of a supervisor, which `type` names. */
export type SupervisorEvent<S> = {
  [Name in keyof SupervisorEvents<S>]: { readonly type: Name } & SupervisorEvents<S>[Name];
}[keyof SupervisorEvents<S>];
