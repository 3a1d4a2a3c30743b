import * as law from "../laws/waits.ts";
import type { Mutation } from "./mutation.ts";

export const mutations: readonly Mutation[] = [
  {
    law: law.waitsAreWaited,
    file: "engine/reduce.ts",
    from: "if (remainingMs <= 0) return",
    to: "if (remainingMs <= 5_000) return",
  },
  {
    law: law.failuresAreRemembered,
    file: "engine/closed.ts",
    from: "if (uptimeMs >= settings.stableAfterMs)",
    to: "if (uptimeMs >= 0)",
  },
  {
    law: law.stabilityIsCredited,
    file: "engine/closed.ts",
    from: "if (uptimeMs >= settings.stableAfterMs) return forgetFailures(ended);",
    to: "",
  },
  {
    law: law.sleepIsNotUptime,
    file: "engine/closed.ts",
    from: "environment.monotonicMs - state.opened.monotonicMs",
    to: "environment.nowMs - state.opened.atMs",
  },
  {
    law: law.delaysHaveBounds,
    file: "backoff/ladder.ts",
    from: "return Math.max(minMs, ",
    to: "return Math.max(0, ",
  },
  {
    law: law.retryAfterIsAFloor,
    file: "engine/failures.ts",
    from: "Math.max(ownMs, retryAfterFloor(disconnect, settings))",
    to: "Math.max(ownMs, retryAfterFloor(disconnect, settings) * (0.9 + environment.random.next() / 5))",
  },
  {
    law: law.slowDownIsRemembered,
    file: "engine/step.ts",
    from: "    backedOff: null,\n",
    to: "    backedOff: null,\n    rateLimits: [],\n",
  },
  {
    law: law.flappingIsNoticed,
    file: "engine/failures.ts",
    from: "shortOpens.length >= flap.opens ? flap.rung : 1",
    to: "1",
  },
  {
    law: law.limitsEnd,
    file: "engine/failures.ts",
    from: "state.failingSinceMs ?? environment.nowMs",
    to: "environment.nowMs",
  },
  {
    law: law.uptimeIsReported,
    file: "engine/closed.ts",
    from: "last: { cause, code, atMs: environment.nowMs, uptimeMs }",
    to: "last: { cause, code, atMs: environment.nowMs, uptimeMs: 0 }",
  },
  {
    law: law.attemptsAreCounted,
    file: "policies/refused.ts",
    from: "counted: true",
    to: "counted: false",
  },
];
