import { withinWindow } from "../engine/window.ts";
import type { Policy } from "./policy.ts";

/**
 * 429: climb the ladder, and climb it faster for as long as the hit is remembered. A penalty that the next stable
 * connection forgets (whatsapp-rust adds five rungs once) comes back to the same limit an hour later.
 */
export const rateLimited: Policy = ({ state, settings, environment }) => {
  const { windowMs } = settings.rateLimited;
  const hits = withinWindow(state.rateLimits, windowMs, environment.nowMs);
  return {
    verdict: { do: "back-off" },
    remember: { rateLimits: [...hits, environment.nowMs] },
  };
};
