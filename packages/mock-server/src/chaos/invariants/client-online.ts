import type { Invariant } from "./invariant.ts";

export const clientOnline: Invariant = {
  name: "client-online",
  summary: "every linked client is logged in and has got what waited for it",
  violations: ({ context: { logins }, accounts }) =>
    accounts
      .flatMap(({ companions }) => companions)
      .filter((companion) => !logins.get(companion)?.drained)
      .map(({ device }) => `device ${device} is not online`),
};
