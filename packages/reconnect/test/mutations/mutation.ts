import type { Law } from "../laws/law.ts";

/** A mistake in the source that a law must notice. */
export interface Mutation {
  readonly law: Law;
  /** Below `src`. */
  readonly file: string;
  /** Text that is there exactly once, and what stands there instead. */
  readonly from: string;
  readonly to: string;
}
