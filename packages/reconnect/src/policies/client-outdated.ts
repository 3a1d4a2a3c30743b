import type { Policy } from "./policy.ts";

/** 405: the same build is refused every time, so try rarely. The server may also take it back. */
export const clientOutdated: Policy = ({ state, settings, environment }) => {
  const versionRefusals = state.versionRefusals + 1;
  const delayMs = settings.outdated.backoff({ rung: versionRefusals, random: environment.random });
  return {
    verdict: { do: "hold", needs: "version", untilMs: environment.nowMs + delayMs },
    remember: { versionRefusals },
  };
};
