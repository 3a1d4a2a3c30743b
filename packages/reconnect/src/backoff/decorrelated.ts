import { assertKnownOptions } from "@motte/core/options";
import type { Backoff } from "./backoff.ts";
import { assertDelay } from "./ladder.ts";

export interface DecorrelatedOptions {
  /** No delay is drawn below this. @defaultValue `1_000` */
  readonly baseMs?: number;
  /** No delay grows past this. @defaultValue `120_000` */
  readonly capMs?: number;
}

// Three to the 64th times any base is above any cap, so more steps only cost draws.
const MOST_STEPS = 64;

/**
 * Draws each delay between the base and three times the one before (Amazon's "decorrelated jitter"). It is its own
 * jitter. A retry that climbs several rungs at once, as after a "slow down" of the server, is drawn that many times.
 */
export function decorrelated(options: DecorrelatedOptions = {}): Backoff {
  const { baseMs = 1_000, capMs = 120_000 } = options;
  assertKnownOptions("decorrelated", options, ["baseMs", "capMs"]);
  assertDelay("baseMs", baseMs);
  assertDelay("capMs", capMs);
  return ({ rung, previous, random }) => {
    const steps = Math.max(1, rung - (previous?.rung ?? 0));
    let delayMs = previous?.delayMs ?? baseMs;
    for (let step = 0; step < Math.min(steps, MOST_STEPS); step++) {
      const highestMs = Math.max(baseMs, 3 * delayMs);
      delayMs = Math.min(capMs, baseMs + (highestMs - baseMs) * random.next());
    }
    return Math.round(delayMs);
  };
}
