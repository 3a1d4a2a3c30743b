import * as law from "../laws/network.ts";
import type { Mutation } from "./mutation.ts";

export const mutations: readonly Mutation[] = [
  {
    law: law.noNetworkNoFailures,
    file: "engine/closed.ts",
    from: "if (!state.online) return waitForNetwork(state, disconnect, moment);",
    to: "",
  },
  {
    law: law.networkIsBack,
    file: "engine/closed.ts",
    from: `"offline", delayMs - floorMs`,
    to: `"offline", floorMs`,
  },
];
