import type { Random } from "@motte/core/random";
import type { FaultName } from "../faults/catalogue.ts";

/** A fault that chaos may pick. Clients can recover from each of these. */
export interface Scene {
  readonly fault: FaultName;
  /** How likely it is, beside the others. */
  readonly weight: number;
  /** How many occasions may pass before it fires: the rule skips up to this many. */
  readonly maxSkip: number;
  /** The settings of one pick. @defaultValue the fault's own */
  readonly settings?: (random: Random) => Readonly<Record<string, unknown>>;
}

export const repertoire: readonly Scene[] = [
  { fault: "cut", weight: 2, maxSkip: 2 },
  {
    fault: "stream-error",
    weight: 2,
    maxSkip: 2,
    settings: (random) => ({ code: pick([500, 503, 515], random) }),
  },
];

export function pick<T>(choices: readonly [T, ...T[]], random: Random): T {
  return choices[Math.floor(random.next() * choices.length)] ?? choices[0];
}
