/** A number with three digits, or all of them before the point: `0.42`, `8.60`, `12,400`. */
export function shown(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 100) return Math.round(value).toLocaleString("en");
  return value.toFixed(size >= 10 ? 1 : size >= 0.1 ? 2 : 4);
}

/** A number with its unit: `8.60x`, `12,400 /s`. */
export function withUnit(value: number, unit: string): string {
  return unit === "x" ? `${shown(value)}x` : `${shown(value)} ${unit}`.trimEnd();
}

/** A spread as people read it: `± 4 %`. */
export function spreadWords(spread: number): string {
  // Beyond that it says that the machine was busy, and no more.
  if (spread >= 9.995) return "±>999 %";
  return `± ${(spread * 100).toFixed(spread < 0.0095 ? 1 : 0)} %`;
}
