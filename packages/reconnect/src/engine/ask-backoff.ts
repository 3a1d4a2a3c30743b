import type { Backoff, BackoffContext } from "../backoff/backoff.ts";

/**
 * The delay a backoff asks for, or `undefined` when it wants no more tries. What is not a number of milliseconds is
 * the mistake of a backoff written elsewhere, and not connecting is the answer that can do no harm.
 */
export function askBackoff(backoff: Backoff, context: BackoffContext): number | undefined {
  const delayMs = backoff(context);
  return Number.isFinite(delayMs) && delayMs >= 0 ? delayMs : undefined;
}
