import * as law from "../laws/backoffs.ts";
import type { Mutation } from "./mutation.ts";

export const mutations: readonly Mutation[] = [
  {
    law: law.ladders,
    file: "backoff/ladder.ts",
    from: "Math.min(capMs, baseMs * growth(Math.max(1, rung)))",
    to: "Math.min(capMs, baseMs * growth(Math.max(1, rung % 150)))",
  },
  {
    law: law.jitters,
    file: "backoff/jitter.ts",
    from: "return delayMs / 2 + (delayMs / 2) * drawn;",
    to: "return delayMs / 2 + (delayMs / 3) * drawn;",
  },
  {
    law: law.decorrelatedDraws,
    file: "backoff/decorrelated.ts",
    from: "3 * delayMs",
    to: "2 * delayMs",
  },
];
