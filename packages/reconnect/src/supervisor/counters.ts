import type { DisconnectCause } from "../causes.ts";

/** What a supervisor counted since it was made. Nothing in it ever goes down. */
export interface Counted {
  readonly connects: number;
  readonly opens: number;
  readonly readies: number;
  readonly closes: number;
  readonly closesByCause: Readonly<Partial<Record<DisconnectCause, number>>>;
  readonly retries: number;
  readonly holds: number;
  readonly flaps: number;
  readonly qrs: number;
  readonly pairingCodes: number;
  /** Pings sent because the machine seemed to have slept. */
  readonly probes: number;
  /** Those that nothing answered. */
  readonly silentProbes: number;
  readonly internalErrors: number;
  /** How long connections that have closed were open, all together. */
  readonly closedUptimeMs: number;
}

type Countable = Exclude<keyof Counted, "closes" | "closesByCause" | "closedUptimeMs">;

/** Counts for `metrics()`. */
export class Counters {
  #counted: Counted = {
    connects: 0,
    opens: 0,
    readies: 0,
    closes: 0,
    closesByCause: {},
    retries: 0,
    holds: 0,
    flaps: 0,
    qrs: 0,
    pairingCodes: 0,
    probes: 0,
    silentProbes: 0,
    internalErrors: 0,
    closedUptimeMs: 0,
  };

  get counted(): Counted {
    return this.#counted;
  }

  add(name: Countable): void {
    this.#counted = { ...this.#counted, [name]: this.#counted[name] + 1 };
  }

  closed(cause: DisconnectCause, uptimeMs: number): void {
    const { closes, closesByCause, closedUptimeMs } = this.#counted;
    this.#counted = {
      ...this.#counted,
      closes: closes + 1,
      closesByCause: { ...closesByCause, [cause]: (closesByCause[cause] ?? 0) + 1 },
      closedUptimeMs: closedUptimeMs + uptimeMs,
    };
  }
}
