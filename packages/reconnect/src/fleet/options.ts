import { type Clock, systemClock } from "@motte/core/clock";
import { UsageError } from "@motte/core/errors";
import { assertKnownOptions, integerOption } from "@motte/core/options";

/** How a fleet admits its accounts. */
export interface FleetOptions {
  /** Connects per second and egress. @defaultValue `5` */
  readonly ratePerSecond?: number;
  /** Connects at once after a quiet time, per egress. @defaultValue `10` */
  readonly burst?: number;
  /** Connects under way at once, in the whole fleet. @defaultValue `20` */
  readonly maxHandshakes?: number;
  /**
   * After a 429, a 503 or a refusal on the way the rate of the egress is halved, at most once in 5 s and down to a
   * fiftieth. From nothing to the full rate it takes this long. @defaultValue `600_000` ms
   */
  readonly recoverMs?: number;
  readonly breaker?: BreakerOptions;
  /** @defaultValue `systemClock` */
  readonly clock?: Clock;
}

/** When a trouble counts as everybody's, and how it is found out that it is over. */
export interface BreakerOptions {
  /** Accounts with the same trouble that open the breaker. @defaultValue `5` */
  readonly accounts?: number;
  /** Or this part of all accounts, but never fewer than two. @defaultValue `0.2` */
  readonly share?: number;
  /** They must be hit within this time. @defaultValue `60_000` ms */
  readonly windowMs?: number;
  /** From opening until one account tries for all. Doubles with each try that fails. @defaultValue `5_000` ms */
  readonly probeMs?: number;
  /** The longest pause between two tries. @defaultValue `300_000` ms */
  readonly maxProbeMs?: number;
}

export interface FleetSettings {
  readonly ratePerSecond: number;
  readonly burst: number;
  readonly maxHandshakes: number;
  readonly recoverMs: number;
  readonly breaker: Required<BreakerOptions>;
}

const BREAKER_OPTIONS = ["accounts", "share", "windowMs", "probeMs", "maxProbeMs"] as const;

export const FLEET_OPTIONS: readonly (keyof FleetOptions)[] = [
  "ratePerSecond",
  "burst",
  "maxHandshakes",
  "recoverMs",
  "breaker",
  "clock",
];

/** Fills in the defaults and throws a `UsageError` for anything that makes no sense. */
export function fleetSettings(options: FleetOptions): FleetSettings {
  const { ratePerSecond = 5, burst = 10, maxHandshakes = 20, recoverMs = 600_000 } = options;
  const breaker = options.breaker ?? {};
  assertKnownOptions("breaker", breaker, BREAKER_OPTIONS);
  const { accounts = 5, share = 0.2, windowMs = 60_000 } = breaker;
  const { probeMs = 5_000, maxProbeMs = Math.max(probeMs, 300_000) } = breaker;
  between("ratePerSecond", ratePerSecond, 1 / 3_600, 10_000);
  integerOption("burst", burst, { min: 1 });
  integerOption("maxHandshakes", maxHandshakes, { min: 1 });
  integerOption("recoverMs", recoverMs, { min: 1 });
  integerOption("breaker.accounts", accounts, { min: 1 });
  between("breaker.share", share, 0.001, 1);
  integerOption("breaker.windowMs", windowMs, { min: 1 });
  integerOption("breaker.probeMs", probeMs, { min: 1 });
  integerOption("breaker.maxProbeMs", maxProbeMs, { min: probeMs });
  return {
    ratePerSecond,
    burst,
    maxHandshakes,
    recoverMs,
    breaker: { accounts, share, windowMs, probeMs, maxProbeMs },
  };
}

/** The clock of a fleet. */
export function fleetClock({ clock }: FleetOptions): Clock {
  return clock ?? systemClock;
}

function between(name: string, value: number, min: number, max: number): void {
  if (value >= min && value <= max) return;
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    `${name} must be a number from ${min} to ${max}, not ${String(value)}`,
  );
}
