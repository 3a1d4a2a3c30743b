import type { Reference } from "../reference.ts";

// Written by `pnpm bench motte-bench --write`.
export const REFERENCE: Reference = {
  measuredOn: "AMD EPYC, 2 cores, Node v20.20.2, SQLite 3.53.2 (better-sqlite3), ext4, load 0.8",
  ratios: {
    "message-store": {
      getMessage: 0.603,
      recordSent: 0.302,
      "messages of a history": 0.543,
    },
  },
};
