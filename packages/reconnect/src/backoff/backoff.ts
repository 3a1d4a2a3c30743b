import type { Random } from "@motte/core/random";

/** Where on the ladder a retry stands. */
export interface BackoffContext {
  /** 1 for the first failure since the connection was last stable. */
  readonly rung: number;
  /** The delay before this one and its rung. Left out for the first, and where nobody kept it. */
  readonly previous?: { readonly rung: number; readonly delayMs: number } | undefined;
  readonly random: Pick<Random, "next">;
}

/**
 * Milliseconds to wait before the next try, or `Infinity` for no more tries: an operator is needed then. Pure: the
 * same context and draws give the same delay.
 */
export type Backoff = (context: BackoffContext) => number;
