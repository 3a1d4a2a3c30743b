import { UsageError } from "@motte/core/errors";
import { assertKnownOptions } from "@motte/core/options";
import type { Backoff } from "./backoff.ts";
import { type Jitter, spread } from "./jitter.ts";
import { assertDelay, assertJitter } from "./ladder.ts";

export interface ScheduleOptions {
  /** @defaultValue `"none"` */
  readonly jitter?: Jitter;
  /** After the last delay: wait that long again and again, or give up. @defaultValue `"repeat"` */
  readonly afterLast?: "repeat" | "give-up";
}

/** The delays as they are listed, one for each rung. */
export function schedule(delaysMs: readonly number[], options: ScheduleOptions = {}): Backoff {
  const { jitter = "none", afterLast = "repeat" } = options;
  assertKnownOptions("schedule", options, ["jitter", "afterLast"]);
  assertJitter(jitter);
  if (afterLast !== "repeat" && afterLast !== "give-up") {
    throw new UsageError("USAGE_INVALID_OPTION", `afterLast must be "repeat" or "give-up"`);
  }
  // A copy, because the caller's list may change later.
  const delays = [...delaysMs];
  delays.forEach((delayMs, index) => assertDelay(`delaysMs[${index}]`, delayMs));
  const last = delays.at(-1);
  if (last === undefined) {
    throw new UsageError("USAGE_INVALID_OPTION", "delaysMs must list at least one delay");
  }
  return ({ rung, random }) => {
    const listedMs = delays[Math.max(1, rung) - 1];
    if (listedMs === undefined && afterLast === "give-up") return Number.POSITIVE_INFINITY;
    return Math.round(spread(listedMs ?? last, jitter, random));
  };
}
