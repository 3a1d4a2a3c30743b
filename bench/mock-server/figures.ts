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
  /** Why it cannot be reached, as far as this run shows. */
  readonly limit?: string;
}

export interface ScenarioResult {
  readonly title: string;
  readonly figures: readonly Figure[];
  readonly goal?: Goal;
}

export type Scenario = () => Promise<ScenarioResult>;

export function shown(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

export function verdict({ what, measured, atMost, unit, limit }: Goal): string {
  const met = measured <= atMost ? "met" : "MISSED";
  const why = measured <= atMost || limit === undefined ? "" : ` (${limit})`;
  return `${met}: ${what} ${shown(measured)} ${unit}, at most ${shown(atMost)}${why}`;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = 0, high = low] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
}
