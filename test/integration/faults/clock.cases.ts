import { receivesOne, sendsOne } from "./exchanges.ts";
import { type FaultCase, connects, idles } from "./fault-case.ts";

const YEAR_MS = 365 * 86_400_000;

export const clockCases: readonly FaultCase[] = [
  { fault: "skewed-time", while: connects, settings: { ms: YEAR_MS, times: "always" } },
  { fault: "skewed-time", while: connects, settings: { ms: -YEAR_MS, times: "always" } },
  { fault: "skewed-time", while: receivesOne, settings: { ms: -YEAR_MS, times: "always" } },
  { fault: "clock-jump", while: idles, settings: { ms: YEAR_MS } },
  { fault: "clock-jump", while: sendsOne, settings: { ms: -YEAR_MS } },
];
