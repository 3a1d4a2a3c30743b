import type { AdmissionLane, AdmissionOutcome } from "./admission.ts";

/** What a fleet does now, and what it did since it was made. */
export interface FleetSnapshot {
  /** Accounts that are open, on their way in or waiting. */
  readonly accounts: number;
  readonly open: number;
  /** Connects under way. */
  readonly underWay: number;
  readonly waiting: Readonly<Record<AdmissionLane, number>>;
  readonly granted: number;
  readonly released: Readonly<Record<AdmissionOutcome, number>>;
  readonly longestWaitMs: number;
  readonly egresses: readonly EgressSnapshot[];
  /** The open ones. */
  readonly breakers: readonly BreakerSnapshot[];
}

export interface EgressSnapshot {
  readonly key: string;
  /** The rate now; lower than the option while it recovers. */
  readonly ratePerSecond: number;
  /** Connects that may go at once. */
  readonly tokens: number;
}

export interface BreakerSnapshot {
  /** The cause and, where the trouble belongs to one, the egress. */
  readonly name: string;
  readonly openForMs: number;
  /** Whether an account is trying whether it is over. */
  readonly probing: boolean;
}
