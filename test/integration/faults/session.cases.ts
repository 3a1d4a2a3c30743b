import { type FaultCase, connects, idles, pairs, sends } from "./fault-case.ts";

export const sessionCases: readonly FaultCase[] = [
  { fault: "cut", while: idles },
  {
    fault: "cut",
    while: connects,
    settings: { during: "login" },
    mayReject: ["Connection Closed"],
  },
  { fault: "cut", while: pairs, settings: { during: "pairing" } },
  { fault: "stream-error", while: idles, settings: { code: 503 } },
  { fault: "stream-error", while: sends, settings: { code: 429, on: { tag: "message" } } },
];
