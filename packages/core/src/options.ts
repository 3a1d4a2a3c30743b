import { UsageError } from "./errors.ts";

/** Throws when `options` has a key that is not in `known`: a misspelt option would otherwise be ignored in silence. */
export function assertKnownOptions(where: string, options: object, known: readonly string[]): void {
  const unknown = Object.keys(options).filter((key) => !known.includes(key));
  if (unknown.length === 0) return;
  throw new UsageError(
    "USAGE_UNKNOWN_OPTION",
    `${where} has no option ${unknown.map((key) => `"${key}"`).join(", ")}; it takes ${known.join(", ")}`,
  );
}

export interface IntegerRange {
  readonly min: number;
  /** @defaultValue `Number.MAX_SAFE_INTEGER` */
  readonly max?: number;
}

/** Returns `value` when it is a whole number in the range, and throws otherwise. */
export function integerOption(name: string, value: number, range: IntegerRange): number {
  const { min, max = Number.MAX_SAFE_INTEGER } = range;
  if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
  const limits = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    `${name} must be a whole number ${limits}, not ${String(value)}`,
  );
}
