import type { Reference } from "../reference.ts";

// Written by `pnpm bench key-store --write`.
export const REFERENCE: Reference = {
  measuredOn: "AMD EPYC, 2 cores, Node v20.20.2, SQLite 3.53.2 (better-sqlite3), ext4, load 0.8",
  ratios: {
    sqlite: {
      "set 1 record": 6.62,
      "set 100 records": 17.2,
      "set 1000 records": 12.8,
      "get 1 record": 24.5,
      "get 100 records": 13.7,
    },
    file: {
      "set 1 record": 2.32,
      "set 100 records": 3.33,
      "set 1000 records": 5.91,
      "get 1 record": 21.3,
      "get 100 records": 12.5,
    },
    files: {
      "set 1 record": 3.61,
      "set 100 records": 3.56,
      "set 1000 records": 5.64,
      "get 1 record": 20.7,
      "get 100 records": 12.3,
    },
    redis: {
      "set 1 record": 1.24,
      "set 100 records": 1.87,
      "set 1000 records": 6.16,
      "get 1 record": 1.85,
      "get 100 records": 13.6,
    },
    memory: {
      "set 1 record": 16.6,
      "set 100 records": 35.1,
      "set 1000 records": 46,
      "get 1 record": 52.2,
      "get 100 records": 22.1,
    },
  },
};
