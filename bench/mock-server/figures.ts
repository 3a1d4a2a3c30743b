import type { Mode } from "../../packages/cli/src/bench/run-record.ts";
import { quantile } from "../../packages/cli/src/bench/statistics.ts";

/** One number of a scenario. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

export interface Goal {
  readonly what: string;
  readonly measured: number;
  readonly atMost: number;
  readonly unit: string;
  /** What it was in every round, where it is the median of them. */
  readonly rounds?: readonly number[];
  /** Why it cannot be reached, as far as this run shows. */
  readonly limit?: string;
}

export interface ScenarioResult {
  readonly title: string;
  readonly figures: readonly Figure[];
  readonly goal?: Goal;
}

export type Scenario = (mode: Mode) => Promise<ScenarioResult>;

export function shown(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

export function verdict({ what, measured, atMost, unit, limit }: Goal): string {
  const met = measured <= atMost ? "met" : "MISSED";
  const why = measured <= atMost || limit === undefined ? "" : ` (${limit})`;
  return `${met}: ${what} ${shown(measured)} ${unit}, at most ${shown(atMost)}${why}`;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}
