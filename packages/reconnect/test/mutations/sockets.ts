import * as law from "../laws/sockets.ts";
import type { Mutation } from "./mutation.ts";

export const mutations: readonly Mutation[] = [
  {
    law: law.oneSocket,
    file: "engine/reduce.ts",
    from: `if (state.phase === "waiting") return connect(state, moment, force);`,
    to: `if (state.phase !== "held") return connect(state, moment, force);`,
  },
  {
    law: law.generations,
    file: "engine/step.ts",
    from: "const generation = state.generation + 1;",
    to: "const generation = Math.max(1, state.generation);",
  },
  {
    law: law.staleEvents,
    file: "engine/reduce.ts",
    from: "event.generation !== state.generation) return stay(state);",
    to: "event.generation > state.generation) return stay(state);",
  },
  {
    law: law.silenceAfterStop,
    file: "engine/reduce.ts",
    from: `if (state.phase !== "idle") return stay(state);`,
    to: `if (state.phase !== "idle" && state.phase !== "stopped") return stay(state);`,
  },
  {
    law: law.timersAndSockets,
    file: "engine/reduce.ts",
    from: `return { state, effects: [{ type: "arm-timer", delayMs: remainingMs }] };`,
    to: `return { state, effects: [] };`,
  },
  {
    law: law.persistFirst,
    file: "engine/step.ts",
    from: `{ type: "persist" },
      { type: "connect", generation, reloadCredentials: state.reloadCredentials },`,
    to: `{ type: "connect", generation, reloadCredentials: state.reloadCredentials },
      { type: "persist" },`,
  },
];
