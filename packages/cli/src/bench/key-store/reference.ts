import type { Reference } from "../reference.ts";

// Written by `pnpm bench key-store --write`.
export const REFERENCE: Reference = {
  measuredOn: "AMD EPYC, 2 cores, Node v20.20.2, SQLite 3.53.2 (better-sqlite3), ext4, load 1.5",
  ratios: {
    sqlite: {
      "set 1 record": 1.22,
      "set 100 records": 10.7,
      "set 1000 records": 9.32,
      "get 1 record": 25.5,
      "get 100 records": 9.47,
    },
    file: {
      "set 1 record": 1.12,
      "set 100 records": 3.58,
      "set 1000 records": 5.22,
      "get 1 record": 20.7,
      "get 100 records": 8.66,
    },
    files: {
      "set 1 record": 1.25,
      "set 100 records": 3.66,
      "set 1000 records": 5.61,
      "get 1 record": 20.3,
      "get 100 records": 8.61,
    },
    redis: {
      "set 1 record": 1.44,
      "set 100 records": 2.64,
      "set 1000 records": 4.17,
      "get 1 record": 1.75,
      "get 100 records": 8.64,
    },
    memory: {
      "set 1 record": 5.23,
      "set 100 records": 32.2,
      "set 1000 records": 41.5,
      "get 1 record": 51.9,
      "get 100 records": 16.4,
    },
  },
};
