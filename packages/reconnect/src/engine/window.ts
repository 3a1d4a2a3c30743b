/**
 * The times that lie less than `windowMs` back, oldest first.
 *
 * A time in the future means that the wall clock was set back since; it counts as now, because forgetting it would
 * let a corrected clock lift a limit.
 */
export function withinWindow(
  times: readonly number[],
  windowMs: number,
  nowMs: number,
): readonly number[] {
  const [oldest] = times;
  const newest = times.at(-1);
  if (oldest === undefined || newest === undefined) return times;
  // Mostly nothing has changed since the last look, and a simulation looks often.
  if (oldest > nowMs - windowMs && newest <= nowMs) return times;
  return times.map((time) => Math.min(time, nowMs)).filter((time) => time > nowMs - windowMs);
}
