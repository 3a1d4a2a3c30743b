import type { Invariant } from "./invariant.ts";

export const requestRate: Invariant = {
  name: "request-rate",
  summary: "no client asks for more in one second than the limit",
  violations: ({ traffic: { busiestSecond, maxRequestsPerSecond } }) =>
    busiestSecond > maxRequestsPerSecond
      ? [
          `a client made ${busiestSecond} requests in one second; the limit is ${maxRequestsPerSecond}`,
        ]
      : [],
};
