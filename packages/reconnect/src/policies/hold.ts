import type { CauseRule } from "../causes.ts";
import type { Policy } from "./policy.ts";

/** No try of ours can help: wait for whoever can, for as long as it takes. */
export const hold: Policy<Extract<CauseRule, { family: "hold" }>> = ({ rule }) => ({
  verdict: { do: "hold", needs: rule.needs, untilMs: null },
});
