import type { Policy } from "./policy.ts";

/** The program itself wanted this end. */
export const stop: Policy = () => ({ verdict: { do: "stop" } });
