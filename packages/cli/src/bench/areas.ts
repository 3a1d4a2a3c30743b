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
    summary: "copying an account into another store, beside plain reads and writes",
    takes: ["store", "to", "key-file", "key-env"],
    load: async () => (await import("./migration/area.ts")).migration,
  },
];
