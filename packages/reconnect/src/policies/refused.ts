import { askBackoff } from "../engine/ask-backoff.ts";
import { type Policy, retryAfterFloor } from "./policy.ts";

/** A refusal we do not understand: a few slow tries, then an operator. whatsmeow stops at once. */
export const refused: Policy = ({ disconnect, state, settings, environment }) => {
  const refusals = state.refusals + 1;
  const { max, backoff } = settings.refused;
  const ownMs = askBackoff(backoff, { rung: refusals, random: environment.random });
  if (refusals >= max || ownMs === undefined) {
    return { verdict: { do: "hold", needs: "operator", untilMs: null }, remember: { refusals } };
  }
  const delayMs = Math.max(ownMs, retryAfterFloor(disconnect, settings));
  return {
    verdict: { do: "retry", delayMs, counted: true, reason: "refused" },
    remember: { refusals },
  };
};
