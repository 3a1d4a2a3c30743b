import type { Policy } from "./policy.ts";

/**
 * 440: whoever hears it is the older connection. Two programs that take over from each other never end
 * (openclaw #25591), and one that never comes back stays dead (wacli #266): only knowing whose turn it is tells.
 */
export const replaced: Policy = () => ({
  verdict: { do: "hold", needs: "ownership", untilMs: null, ask: "check-ownership" },
});
