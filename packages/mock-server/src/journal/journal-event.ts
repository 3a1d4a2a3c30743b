import type { NoisePattern } from "../wire/noise/symmetric-state.ts";

interface EventBase {
  /** The sequence number of the last stanza before it. */
  readonly after: number;
  /** Milliseconds since the epoch, on the server's clock. */
  readonly at: number;
}

/** One frame of a Noise handshake. */
export interface HandshakeFrameEvent extends EventBase {
  /** Tells it from other events. */
  readonly type: "handshake";
  /** The id of the connection. */
  readonly connection: string;
  /** `in`: from the client. `out`: to the client. */
  readonly direction: "in" | "out";
  /** How long it is on the wire, with the length in front of it. */
  readonly bytes: number;
}

/** The handshake is done. */
export interface HandshakeDoneEvent extends EventBase {
  /** Tells it from other events. */
  readonly type: "secured";
  /** The id of the connection. */
  readonly connection: string;
  /** Which of the Noise handshakes it was. */
  readonly pattern: NoisePattern;
}

/** A connection has ended. */
export interface ConnectionClosedEvent extends EventBase {
  /** Tells it from other events. */
  readonly type: "closed";
  /** The id of the connection. */
  readonly connection: string;
}

/** A request over HTTP that was answered; those to `/admin` and `/health` do not count. */
export interface HttpEvent extends EventBase {
  /** Tells it from other events. */
  readonly type: "http";
  /** Like `GET`. */
  readonly method: string;
  /** Without its query, which may hold a token. */
  readonly path: string;
  /** The status of the answer. */
  readonly status: number;
  /** The length of the answer's body, if it is known. */
  readonly bytes: number | undefined;
}

/** A fault fired. */
export interface FaultEvent extends EventBase {
  /** Tells it from other events. */
  readonly type: "fault";
  /** The name of the fault. */
  readonly fault: string;
  /** The id of the rule. */
  readonly rule: string;
  /** The id of the connection it hit, if there was one. */
  readonly connection: string | undefined;
}

/** What happened around the stanzas. */
export type JournalEvent =
  HandshakeFrameEvent | HandshakeDoneEvent | ConnectionClosedEvent | HttpEvent | FaultEvent;

type WithoutBase<E> = E extends EventBase ? Omit<E, keyof EventBase> : never;

/** An event before the journal has stamped it. */
export type NewEvent = WithoutBase<JournalEvent>;
