import { withinWindow } from "../engine/window.ts";
import type { Policy } from "./policy.ts";

/**
 * 515: connect again at once, because the server asks for it as a normal step after pairing and a delay would only
 * postpone a working login. More than a few in a row is a loop (adiwajshing/Baileys #1448) and backs off like one.
 */
export const restartRequired: Policy = ({ state, settings, environment }) => {
  const { max, windowMs } = settings.restart;
  const recent = withinWindow(state.restarts, windowMs, environment.nowMs);
  if (recent.length >= max) return { verdict: { do: "back-off" }, remember: { restarts: recent } };
  return {
    verdict: { do: "retry", delayMs: 0, counted: false, reason: "restart" },
    remember: { restarts: [...recent, environment.nowMs] },
  };
};
