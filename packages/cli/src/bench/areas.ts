import type { AreaEntry } from "./area.ts";

/** What `motte bench` can measure. A new area is one folder and one entry here. */
export const AREAS: readonly AreaEntry[] = [
  {
    name: "key-store",
    summary: "sets and gets of Signal keys, beside the store that Baileys ships",
    takes: ["store"],
    load: async () => (await import("./key-store/area.ts")).keyStore,
  },
  {
    name: "migration",
    summary: "moving an account into another store, beside plain reads and writes",
    takes: ["store", "to", "key-file", "key-env"],
    load: async () => (await import("./migration/area.ts")).migration,
  },
  {
    name: "messages",
    summary: "the message store, beside prepared statements and rows of JSON",
    takes: ["store"],
    load: async () => (await import("./messages/area.ts")).messages,
  },
  {
    name: "caches",
    summary: "hits in the caches that Baileys takes, beside a Map",
    takes: [],
    load: async () => (await import("./caches/area.ts")).caches,
  },
];
