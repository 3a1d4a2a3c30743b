import { type Policy, retryAfterFloor } from "./policy.ts";

/** A refusal we do not understand: a few slow tries, then an operator. whatsmeow stops at once. */
export const refused: Policy = ({ disconnect, state, settings, environment }) => {
  const refusals = state.refusals + 1;
  const { max, backoff } = settings.refused;
  if (refusals >= max) {
    return { verdict: { do: "hold", needs: "operator", untilMs: null }, remember: { refusals } };
  }
  const ownMs = backoff({ rung: refusals, random: environment.random });
  const delayMs = Math.max(ownMs, retryAfterFloor(disconnect, settings));
  return {
    verdict: { do: "retry", delayMs, counted: true, reason: "refused" },
    remember: { refusals },
  };
};
