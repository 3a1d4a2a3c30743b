import type { NoisePattern } from "../wire/noise/symmetric-state.ts";

interface EventBase {
  /** The sequence number of the last stanza before it. */
  readonly after: number;
  /** Milliseconds since the epoch, on the server's clock. */
  readonly at: number;
}

/** One frame of a Noise handshake. */
export interface HandshakeFrameEvent extends EventBase {
  readonly type: "handshake";
  readonly connection: string;
  readonly direction: "in" | "out";
  /** How long it is on the wire, with the length in front of it. */
  readonly bytes: number;
}

/** The handshake is done. */
export interface HandshakeDoneEvent extends EventBase {
  readonly type: "secured";
  readonly connection: string;
  readonly pattern: NoisePattern;
}

/** A connection has ended. */
export interface ConnectionClosedEvent extends EventBase {
  readonly type: "closed";
  readonly connection: string;
}

/** A request over HTTP that was answered; those to `/admin` and `/health` do not count. */
export interface HttpEvent extends EventBase {
  readonly type: "http";
  readonly method: string;
  /** Without its query, which may hold a token. */
  readonly path: string;
  readonly status: number;
  /** The length of the answer's body, if it is known. */
  readonly bytes: number | undefined;
}

/** A fault fired. */
export interface FaultEvent extends EventBase {
  readonly type: "fault";
  readonly fault: string;
  /** The id of the rule. */
  readonly rule: string;
  readonly connection: string | undefined;
}

/** What happened around the stanzas. */
export type JournalEvent =
  HandshakeFrameEvent | HandshakeDoneEvent | ConnectionClosedEvent | HttpEvent | FaultEvent;

type WithoutBase<E> = E extends EventBase ? Omit<E, keyof EventBase> : never;

/** An event before the journal has stamped it. */
export type NewEvent = WithoutBase<JournalEvent>;
