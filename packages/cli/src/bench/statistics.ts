/** What some rounds of one measurement came to. */
export interface Summary {
  readonly median: number;
  /** Half of the distance between the quartiles, as a share of the median. 0 for a single round. */
  readonly spread: number;
  readonly rounds: number;
}

/** Throws a `RangeError` for no values at all. */
export function summarized(values: readonly number[]): Summary {
  const middle = quantile(values, 0.5);
  const width = quantile(values, 0.75) - quantile(values, 0.25);
  return {
    median: middle,
    spread: middle === 0 ? 0 : width / 2 / Math.abs(middle),
    rounds: values.length,
  };
}

/** The value below which a share of all values lies, between two of them in proportion. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const low = sorted[Math.floor(at)];
  const high = sorted[Math.ceil(at)];
  if (low === undefined || high === undefined) throw new RangeError("There are no values");
  return low + (high - low) * (at - Math.floor(at));
}
