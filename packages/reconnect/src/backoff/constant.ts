import type { Backoff } from "./backoff.ts";
import { assertDelay, assertJitter } from "./ladder.ts";
import { type Jitter, spread } from "./jitter.ts";

export interface ConstantOptions {
  /** @defaultValue `"none"` */
  readonly jitter?: Jitter;
}

/** The same delay every time. */
export function constant(delayMs: number, options: ConstantOptions = {}): Backoff {
  const { jitter = "none" } = options;
  assertDelay("delayMs", delayMs);
  assertJitter(jitter);
  return ({ random }) => Math.round(spread(delayMs, jitter, random));
}
