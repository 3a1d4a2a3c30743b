import type { Reference } from "../reference.ts";

// Written by `pnpm bench motte-bench --write`.
export const REFERENCE: Reference = {
  measuredOn: "AMD EPYC, 2 cores, Node v20.20.2, SQLite 3.53.2 (better-sqlite3), ext4, load 1.5",
  ratios: {
    "message-store": {
      getMessage: 0.66,
      recordSent: 0.302,
      "messages of a history": 0.797,
    },
  },
};
