import type { Policy } from "./policy.ts";

/** 402: wait until the server's own end of the ban, and a little longer, never less. */
export const temporaryBan: Policy = ({ disconnect, settings, environment }) => {
  const { unknownMs, slackMs } = settings.ban;
  const banMs = disconnect.retryAfterMs ?? unknownMs;
  const slack = slackMs * (1 + environment.random.next());
  return {
    verdict: { do: "hold", needs: "time", untilMs: environment.nowMs + banMs + slack },
  };
};
