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
  return times.map((time) => Math.min(time, nowMs)).filter((time) => time > nowMs - windowMs);
}
