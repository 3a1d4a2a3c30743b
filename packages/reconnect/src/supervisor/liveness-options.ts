import { assertKnownOptions, integerOption } from "@motte/core/options";

/** How a machine's sleep is noticed. Both in milliseconds. */
export interface LivenessOptions {
  /** How often the clocks are compared. @defaultValue `5_000` */
  readonly tickMs?: number;
  /** How far they may be apart, or a comparison late, before the peer is asked. @defaultValue `5_000` */
  readonly driftMs?: number;
}

/** Fills in the defaults; `false` turns it off. */
export function resolveLiveness(
  liveness: LivenessOptions | false = {},
): Required<LivenessOptions> | undefined {
  if (liveness === false) return undefined;
  assertKnownOptions("liveness", liveness, ["tickMs", "driftMs"]);
  const { tickMs = 5_000, driftMs = 5_000 } = liveness;
  return {
    tickMs: integerOption("liveness.tickMs", tickMs, { min: 1 }),
    driftMs: integerOption("liveness.driftMs", driftMs, { min: 0 }),
  };
}
