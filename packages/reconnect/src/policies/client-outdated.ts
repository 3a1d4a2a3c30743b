import { askBackoff } from "../engine/ask-backoff.ts";
import type { Policy } from "./policy.ts";

/**
 * 405: the same build is refused every time, so look for another version once, and try rarely otherwise. The server
 * may also take it back.
 */
export const clientOutdated: Policy = ({ state, settings, environment }) => {
  const versionRefusals = state.versionRefusals + 1;
  const { random, nowMs } = environment;
  const delayMs = askBackoff(settings.outdated.backoff, { rung: versionRefusals, random });
  const untilMs = delayMs === undefined ? null : nowMs + delayMs;
  if (state.versionRefresh !== "unused") {
    return { verdict: { do: "hold", needs: "version", untilMs }, remember: { versionRefusals } };
  }
  // What follows are probes, not failures.
  return {
    verdict: { do: "hold", needs: "version", untilMs, ask: "refresh-version", counted: true },
    remember: { versionRefusals, versionRefresh: "asked" },
  };
};
