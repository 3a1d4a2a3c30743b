import type { HoldNeed } from "../causes.ts";
import type { Decision } from "./policy.ts";

/** No try of ours can help: wait for whoever can, for as long as it takes. */
export function hold(needs: HoldNeed): Decision {
  return { verdict: { do: "hold", needs, untilMs: null } };
}
