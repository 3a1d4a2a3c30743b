import { UsageError } from "@motte/core/errors";
import { assertKnownOptions } from "@motte/core/options";
import type { Backoff } from "./backoff.ts";
import { type Jitter, spread } from "./jitter.ts";

/** What every growing backoff can be told. */
export interface LadderOptions {
  /** The first delay. @defaultValue `1_000` */
  readonly baseMs?: number;
  /**
   * No delay grows past this. The default keeps a bot well under the connect budget of 60 an hour while a server is away,
   * and has it back within two minutes of its return. @defaultValue `120_000`
   */
  readonly capMs?: number;
  /** No delay is shorter, whatever the jitter draws. @defaultValue `500` */
  readonly minMs?: number;
  /** @defaultValue `"equal"` */
  readonly jitter?: Jitter;
}

/** A backoff whose undisturbed delay is `baseMs` times `growth(rung)`, capped. `growth(1)` is 1 and never falls. */
export function ladder(
  where: string,
  options: LadderOptions,
  growth: (rung: number) => number,
): Backoff {
  const { baseMs = 1_000, capMs = 120_000, minMs = 500, jitter = "equal" } = options;
  assertKnownOptions(where, options, ["baseMs", "capMs", "minMs", "jitter", "factor"]);
  assertDelay("baseMs", baseMs);
  assertDelay("capMs", capMs);
  assertDelay("minMs", minMs);
  assertJitter(jitter);
  return ({ rung, random }) => {
    const undisturbedMs = Math.min(capMs, baseMs * growth(Math.max(1, rung)));
    return Math.max(minMs, Math.round(spread(undisturbedMs, jitter, random)));
  };
}

/** Throws unless `value` is a finite number of milliseconds, zero or more. */
export function assertDelay(name: string, value: number): void {
  if (Number.isFinite(value) && value >= 0) return;
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    `${name} must be a number of milliseconds of at least 0, not ${String(value)}`,
  );
}

/** Throws unless `jitter` is one that `spread` knows. */
export function assertJitter(jitter: Jitter): void {
  if (jitter === "none" || jitter === "full" || jitter === "equal") return;
  const { proportional } = typeof jitter === "object" ? jitter : { proportional: Number.NaN };
  if (proportional >= 0 && proportional <= 1) return;
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    `jitter must be "none", "full", "equal" or { proportional: 0 to 1 }`,
  );
}
