import { UsageError } from "@motte/core/errors";

/**
 * A duration in milliseconds, made by `seconds()` and its siblings.
 *
 * Caches disagree on the unit of a lifetime, and 300 000 "seconds" keep a five-minute entry for 83 hours.
 * A bare number is therefore a compile error.
 */
export type Millis = number & { readonly __unit: "ms" };

/** @throws UsageError when `count` is negative or not a number. */
export const milliseconds = (count: number): Millis => duration(count, 1);
/** @throws UsageError when `count` is negative or not a number. */
export const seconds = (count: number): Millis => duration(count, 1000);
/** @throws UsageError when `count` is negative or not a number. */
export const minutes = (count: number): Millis => duration(count, 60_000);
/** @throws UsageError when `count` is negative or not a number. */
export const hours = (count: number): Millis => duration(count, 3_600_000);
/** @throws UsageError when `count` is negative or not a number. */
export const days = (count: number): Millis => duration(count, 86_400_000);

function duration(count: number, unitMs: number): Millis {
  const ms = count * unitMs;
  if (isMillis(ms)) return ms;
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    `A duration must be a number of at least 0, not ${String(count)}`,
  );
}

function isMillis(ms: number): ms is Millis {
  return Number.isFinite(ms) && ms >= 0;
}
