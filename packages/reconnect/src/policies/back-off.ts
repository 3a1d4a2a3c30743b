import type { Policy } from "./policy.ts";

/** Everything that time may heal: climb the ladder. */
export const backOff: Policy = () => ({ verdict: { do: "back-off" } });
