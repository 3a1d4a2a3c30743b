import type { Figure } from "../figure.ts";

/** Where values of one chart lie, in percent of its width. */
export interface Scale {
  readonly logarithmic: boolean;
  /** Where a bar begins. */
  readonly origin: number;
  at(value: number): number;
}

// Up to this a bar of the least is still seen beside one of the most.
const LINEAR_UP_TO = 12;
const ROOM = 1.06;

/** A scale for figures of one unit. Ratios have 1x on it, from which their bars go where it is logarithmic. */
export function scaleOf(figures: readonly Figure[]): Scale {
  const isRatio = figures.every(({ kind }) => kind === "ratio");
  const values = figures
    .flatMap(({ value, spread, goal, reference }) => [value * (1 + spread), goal, reference])
    .filter((value) => value !== undefined && value > 0 && Number.isFinite(value))
    .map(Number);
  const own = figures.map(({ value }) => value).filter((value) => value > 0);
  const most = Math.max(1e-9, ...values, ...(isRatio ? [1] : []));
  const least = Math.min(most, ...own, ...(isRatio ? [1] : []));
  if (most / least <= LINEAR_UP_TO) {
    const at = (value: number): number => clamped((value / (most * ROOM)) * 100);
    return { logarithmic: false, origin: 0, at };
  }
  const low = Math.log10(least) - (isRatio && least === 1 ? 0 : 0.15);
  const high = Math.log10(most * ROOM);
  const at = (value: number): number =>
    value <= 0 ? 0 : clamped(((Math.log10(value) - low) / (high - low)) * 100);
  return { logarithmic: true, origin: isRatio ? at(1) : 0, at };
}

function clamped(percent: number): number {
  return Math.min(100, Math.max(0, percent));
}
