import { UsageError } from "@motte/core/errors";
import type { Backoff } from "./backoff.ts";
import { type LadderOptions, ladder } from "./ladder.ts";

export interface ExponentialOptions extends LadderOptions {
  /** Each delay is this many times the one before. @defaultValue `2` */
  readonly factor?: number;
}

/** 1, 2, 4, 8 … times the base. */
export function exponential(options: ExponentialOptions = {}): Backoff {
  const { factor = 2 } = options;
  if (!Number.isFinite(factor) || factor < 1) {
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      `factor must be a number of at least 1, not ${String(factor)}`,
    );
  }
  return ladder("exponential", options, (rung) => factor ** (rung - 1));
}
