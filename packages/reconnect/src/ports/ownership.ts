/** Whose turn it is to use an account's credentials. */
export type OwnershipVerdict = "mine" | "theirs" | "unknown";

/** Tells two processes with the same account apart, such as by a lease. */
export interface Ownership {
  /** Asked when WhatsApp says that another connection has taken over. Answers within 10 s, or counts as `unknown`. */
  check(signal: AbortSignal): Promise<OwnershipVerdict>;
  /** Calls the listener whenever the answer changes. */
  onChange?(listener: (verdict: OwnershipVerdict) => void): Disposable;
}
