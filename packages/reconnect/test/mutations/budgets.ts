import * as law from "../laws/budgets.ts";
import type { Mutation } from "./mutation.ts";

export const mutations: readonly Mutation[] = [
  {
    law: law.connectBudget,
    file: "engine/restore.ts",
    from: "connects: noneInFuture(saved.connects, nowMs)",
    to: "connects: []",
  },
  {
    law: law.budgetOnlyDelays,
    file: "engine/step.ts",
    from: "const oldest = connects.at(-max);",
    to: "const oldest = connects.at(-1);",
  },
  {
    law: law.memoryHasBounds,
    file: "engine/failures.ts",
    from: ".slice(-opens)",
    to: "",
  },
  {
    law: law.restarts,
    file: "policies/restart-required.ts",
    from: "recent.length >= max",
    to: "recent.length > max",
  },
  {
    law: law.recycling,
    file: "policies/recycle.ts",
    from: "counted: false",
    to: "counted: true",
  },
  {
    law: law.crashLoops,
    file: "engine/restore.ts",
    from: "return isRunning(saved.phase) ? afterCrash(saved, idle, moment) : idle;",
    to: "return isRunning(saved.phase) && saved.opened !== null ? afterCrash(saved, idle, moment) : idle;",
  },
];
