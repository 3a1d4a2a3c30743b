import type { Reference } from "../reference.ts";

// Written by `pnpm bench key-store --write`.
export const REFERENCE: Reference = {
  measuredOn: "AMD EPYC, 2 cores, Node v20.20.2, SQLite 3.53.2 (better-sqlite3), ext4, load 2",
  ratios: {
    sqlite: {
      "set 1 record": 7.63,
      "set 100 records": 16.7,
      "set 1000 records": 13.9,
      "get 1 record": 22.2,
      "get 100 records": 10.2,
    },
    file: {
      "set 1 record": 2,
      "set 100 records": 3.82,
      "set 1000 records": 6.56,
      "get 1 record": 19.4,
      "get 100 records": 10.3,
    },
    files: {
      "set 1 record": 2.04,
      "set 100 records": 3.92,
      "set 1000 records": 4.91,
      "get 1 record": 18,
      "get 100 records": 10.6,
    },
    redis: {
      "set 1 record": 1.25,
      "set 100 records": 2.12,
      "set 1000 records": 5.96,
      "get 1 record": 1.63,
      "get 100 records": 11.1,
    },
    memory: {
      "set 1 record": 16.1,
      "set 100 records": 45.5,
      "set 1000 records": 50.3,
      "get 1 record": 47.1,
      "get 100 records": 17.1,
    },
  },
};
