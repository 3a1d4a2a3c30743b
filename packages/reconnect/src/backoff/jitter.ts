import type { Random } from "@motte/core/random";

/**
 * How a delay is spread.
 *
 * - `none`: not at all; for tests.
 * - `full`: anywhere from zero to the delay.
 * - `equal`: half of the delay is certain, the other half is drawn.
 * - `{ proportional: 0.1 }`: within ten per cent either way, as WhatsApp Web does.
 */
export type Jitter = "none" | "full" | "equal" | { readonly proportional: number };

/** Spreads `delayMs`. Jitter helps one session; a fleet that drops together needs admission control. */
export function spread(delayMs: number, jitter: Jitter, random: Pick<Random, "next">): number {
  if (jitter === "none") return delayMs;
  const drawn = random.next();
  if (jitter === "full") return delayMs * drawn;
  if (jitter === "equal") return delayMs / 2 + (delayMs / 2) * drawn;
  return delayMs * (1 - jitter.proportional + 2 * jitter.proportional * drawn);
}
