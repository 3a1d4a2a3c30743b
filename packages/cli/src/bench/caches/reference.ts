import type { Reference } from "../reference.ts";

// Written by `pnpm bench motte-bench --write`.
export const REFERENCE: Reference = {
  measuredOn: "AMD EPYC, 2 cores, Node v20.20.2, SQLite 3.53.2 (better-sqlite3), ext4, load 1.5",
  ratios: {
    lru: {
      hits: 0.304,
      misses: 0.91,
    },
    "user-devices": {
      hits: 0.285,
      misses: 0.677,
    },
  },
};
