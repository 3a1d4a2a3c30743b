import type * as fc from "fast-check";
import type * as reconnect from "@motte/reconnect";

/** The package, or a copy of it with one mistake in it. */
export type Subject = typeof reconnect;

export type Runs = Pick<fc.Parameters, "seed" | "numRuns" | "endOnFailure">;

/** What must be true of every history. `check` throws where it is not. */
export interface Law {
  readonly name: string;
  readonly check: (subject: Subject, runs?: Runs) => void | Promise<void>;
}
