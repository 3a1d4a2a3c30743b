import type { Reference } from "../reference.ts";

// Written by `pnpm bench key-store --write`.
export const REFERENCE: Reference = {
  measuredOn: "AMD EPYC, 2 cores, Node v20.20.2, SQLite 3.53.2 (better-sqlite3), ext4, load 3",
  ratios: {
    sqlite: {
      "set 1 record": 6.55,
      "set 100 records": 18.1,
      "set 1000 records": 11.5,
      "get 1 record": 30.5,
      "get 100 records": 7.89,
    },
    file: {
      "set 1 record": 6.26,
      "set 100 records": 4.09,
      "set 1000 records": 5.35,
      "get 1 record": 26.2,
      "get 100 records": 7.6,
    },
    files: {
      "set 1 record": 2.12,
      "set 100 records": 4.26,
      "set 1000 records": 6.26,
      "get 1 record": 25.2,
      "get 100 records": 7.52,
    },
    redis: {
      "set 1 record": 1.11,
      "set 100 records": 2.36,
      "set 1000 records": 6.63,
      "get 1 record": 1.95,
      "get 100 records": 7.16,
    },
    memory: {
      "set 1 record": 17,
      "set 100 records": 38.6,
      "set 1000 records": 45.5,
      "get 1 record": 59.2,
      "get 100 records": 15,
    },
  },
};
