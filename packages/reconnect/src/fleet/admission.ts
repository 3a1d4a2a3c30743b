import type { Disconnect } from "../disconnect.ts";

/** Why an account wants to connect. */
export type AdmissionLane = "pairing" | "restart" | "reconnect" | "boot" | "probe";

/** What an account asks before it connects. */
export interface AdmissionRequest {
  /** Names the account. */
  readonly id: string;
  readonly lane: AdmissionLane;
  /** Names the way out to the network, such as a proxy: limits of a rate hold for each. @defaultValue `"default"` */
  readonly key?: string;
  /** Gives the place up. `acquire` then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * What came of a connect: `opened` when the server let the account in or offers it a QR code, `failed` when the
 * connection ended before, `aborted` when nobody wanted it any more.
 */
export type AdmissionOutcome = "opened" | "failed" | "aborted";

/** The right to make one connection. Whoever has it releases it, once; a second release does nothing. */
export interface AdmissionTicket {
  /** `disconnect` says why the connect failed. */
  release(outcome: AdmissionOutcome, disconnect?: Disconnect): void;
}

/** Decides when an account may connect. The supervisor asks right before it calls the factory. */
export interface Admission {
  /** Resolves when it is this account's turn. Rejects only when the request's signal aborts. */
  acquire(request: AdmissionRequest): Promise<AdmissionTicket>;
  /** Tells of the end of a connection that had opened. */
  report?(ended: EndedConnection): void;
}

/** The end of a connection whose ticket was released as `opened`. */
export interface EndedConnection {
  readonly id: string;
  /** @defaultValue `"default"` */
  readonly key?: string;
  readonly disconnect: Disconnect;
}

/** The lanes, the most urgent first. A person waits in front of a pairing, and a restart is part of one. */
export const LANES: readonly AdmissionLane[] = ["pairing", "restart", "reconnect", "boot", "probe"];

/** The egress of accounts that name none. */
export const DEFAULT_EGRESS = "default";
