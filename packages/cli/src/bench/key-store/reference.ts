import type { Reference } from "./reference-ratio.ts";

// Written by `pnpm bench key-store --write`.
export const REFERENCE: Reference = {
  measuredOn: "AMD EPYC, 2 cores, Node v20.20.2, SQLite 3.53.2 (better-sqlite3), ext4, load 9.7",
  ratios: {
    sqlite: {
      "set 1 record": 0.889,
      "set 100 records": 22.1,
      "set 1000 records": 23.2,
      "get 1 record": 15.1,
      "get 100 records": 18.4,
    },
    file: {
      "set 1 record": 1.15,
      "set 100 records": 5.24,
      "set 1000 records": 9.39,
      "get 1 record": 13.2,
      "get 100 records": 17.3,
    },
    files: {
      "set 1 record": 1.32,
      "set 100 records": 6.39,
      "set 1000 records": 8.78,
      "get 1 record": 13,
      "get 100 records": 17.5,
    },
    redis: {
      "set 1 record": 1.15,
      "set 100 records": 4.36,
      "set 1000 records": 8.38,
      "get 1 record": 1.73,
      "get 100 records": 18.3,
    },
    memory: {
      "set 1 record": 7.01,
      "set 100 records": 56.1,
      "set 1000 records": 93.8,
      "get 1 record": 29.9,
      "get 100 records": 30.6,
    },
  },
};
