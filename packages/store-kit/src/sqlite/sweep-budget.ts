import type { Clock } from "@motte/core/clock";
import { UsageError } from "@motte/core/errors";
import { integerOption } from "@motte/core/options";
import { type Millis, milliseconds } from "../millis.ts";

/** How much one call of a sweep may do. It stops at whichever comes first. */
export interface SweepBudget {
  /** @defaultValue `1000` */
  readonly maxRows?: number;
  /** How long the process may be kept from other work. @defaultValue `milliseconds(2)` */
  readonly maxMs?: Millis;
}

export interface SweepReport {
  readonly deleted: number;
  /** There is more to delete than the call was allowed. */
  readonly more: boolean;
}

const FIRST_CHUNK_ROWS = 16;
const LARGEST_CHUNK_ROWS = 256;

/**
 * Calls `chunk`, which deletes at most the rows it is told to and answers how many it did, until it finds fewer, the
 * budget is used up, or the log is being moved, since a commit waits for the disk as long as that does. Chunks grow
 * while they stay short, so that the last one does not overshoot by much.
 *
 * @throws UsageError when the budget makes no sense.
 */
export function sweepWithin(
  clock: Pick<Clock, "monotonic">,
  { maxRows = 1000, maxMs = milliseconds(2) }: SweepBudget,
  chunk: (maxRows: number) => number,
  log?: { readonly isMoving: boolean },
): SweepReport {
  integerOption("maxRows", maxRows, { min: 1 });
  if (!(maxMs > 0)) throw new UsageError("USAGE_INVALID_OPTION", "maxMs must be more than 0");
  const start = clock.monotonic();
  let deleted = 0;
  let rows = FIRST_CHUNK_ROWS;
  let before = start;
  while (deleted < maxRows) {
    const allowed = Math.min(rows, maxRows - deleted);
    const done = chunk(allowed);
    deleted += done;
    if (done < allowed) return { deleted, more: false };
    if (log?.isMoving === true) break;
    const now = clock.monotonic();
    const took = now - before;
    const left = maxMs - (now - start);
    // One more chunk would take about as long again, and a larger one twice as long.
    if (took >= left) break;
    if (took * 4 < maxMs && took * 2 < left) rows = Math.min(rows * 2, LARGEST_CHUNK_ROWS);
    before = now;
  }
  return { deleted, more: true };
}
