import type { Reference } from "../reference.ts";

// Written by `pnpm bench motte-bench --write`.
export const REFERENCE: Reference = {
  measuredOn: "AMD EPYC, 2 cores, Node v20.20.2, SQLite 3.53.2 (better-sqlite3), ext4, load 1.5",
  ratios: {
    sqlite: {
      "from sqlite": 0.44,
    },
    files: {
      "from sqlite": 0.807,
    },
    redis: {
      "from sqlite": 0.368,
    },
  },
};
