import type { Policy } from "./policy.ts";

/** This program wants a new socket in place of one it has doubts about: at once, and nothing has failed. */
export const recycle: Policy = () => ({
  verdict: { do: "retry", delayMs: 0, counted: false, reason: "recycle" },
});
