import * as law from "../laws/kept.ts";
import type { Mutation } from "./mutation.ts";

export const mutations: readonly Mutation[] = [
  {
    law: law.keptStates,
    file: "engine/state-json.ts",
    from: "opened: opened === null ? null : { atMs: opened.atMs },",
    to: "opened,",
  },
  {
    law: law.restartsShortenNothing,
    file: "engine/step.ts",
    from: `      phase: "stopped",
`,
    to: `      phase: "stopped",
      wait: null,
      hold: null,
`,
  },
  {
    law: law.noWaitOfYears,
    file: "engine/restore.ts",
    from: "untilMs: wait.untilMs - aheadMs,",
    to: "untilMs: wait.untilMs,",
  },
  {
    law: law.determinism,
    file: "engine/failures.ts",
    from: "const rung = Math.max(state.rung + 1",
    to: "const rung = Math.max(state.rung + Math.ceil(Math.random() * 2)",
  },
  {
    law: law.damagedStates,
    file: "engine/state-json.ts",
    from: "rateLimits: list(time),",
    to: "rateLimits: (value) => (Array.isArray(value) ? value : []),",
  },
  {
    law: law.newerStates,
    file: "engine/state-json.ts",
    from: "json.v <= 1",
    to: "json.v <= 2",
  },
];
