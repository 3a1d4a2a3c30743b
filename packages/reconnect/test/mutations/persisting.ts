import * as law from "../laws/persisting.ts";
import type { Mutation } from "./mutation.ts";

export const mutations: readonly Mutation[] = [
  {
    law: law.keptBeforeConnect,
    file: "supervisor/ports/persistence.ts",
    from: "await orAborted(saved(), signal);",
    to: "",
  },
  {
    law: law.crashesAreNoWayRound,
    file: "supervisor/ports/persistence.ts",
    from: "kept === undefined || kept === null ? undefined : policy.fromJSON(kept, environment)",
    to: "undefined",
  },
];
