import type { Random } from "@motte/core/random";

/** Where on the ladder a retry stands. */
export interface BackoffContext {
  /** 1 for the first failure since the connection was last stable. */
  readonly rung: number;
  readonly random: Pick<Random, "next">;
}

/** Milliseconds to wait before the next try. Pure: the same context and draws give the same delay. */
export type Backoff = (context: BackoffContext) => number;
