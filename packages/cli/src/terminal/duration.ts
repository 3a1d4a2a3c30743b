import { UsageError } from "@motte/core/errors";

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds of `500ms`, `10s`, `5m`, `2h` or `1d`. */
export function durationMs(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? [];
  if (number !== undefined && isUnit(unit)) return Number(number) * UNITS[unit];
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    `"${text}" is no time: write a number and ms, s, m, h or d, such as 90s`,
  );
}

/** `90 s`, `15 min`, `6 h`: the largest unit in which it is at least 2, without more precision than people want. */
export function durationWords(ms: number): string {
  if (ms >= 2 * UNITS.d) return `${rounded(ms / UNITS.d)} d`;
  if (ms >= 2 * UNITS.h) return `${rounded(ms / UNITS.h)} h`;
  if (ms >= 2 * UNITS.m) return `${rounded(ms / UNITS.m)} min`;
  if (ms >= UNITS.s) return `${rounded(ms / UNITS.s)} s`;
  return `${Math.round(ms)} ms`;
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

function isUnit(text: string | undefined): text is keyof typeof UNITS {
  return text !== undefined && Object.hasOwn(UNITS, text);
}
