import type { ScannedPage } from "@motte/auth-stores";
import type { Breakage } from "./broken-backends.ts";

/** Broken promises about listing what is there. */
export const BROKEN_SCANS: readonly Breakage[] = [
  {
    what: "remembers families that are gone",
    caughtBy: "types, ids and scan list what is there",
    session: (inner) => {
      const seen = new Set<string>();
      return {
        commit: (batch) => {
          for (const { type } of batch.ops) seen.add(type);
          return inner.commit(batch);
        },
        types: async () => [...seen],
      };
    },
  },
  {
    what: "loses a record where a page of them ends",
    caughtBy: "scanning in pages, where the backend can, gives what scanning gives",
    session: (inner) => ({
      async *scanPages(type) {
        const page: ScannedPage[number][] = [];
        for await (const record of inner.scan(type)) page.push(record);
        yield page.slice(0, 500);
        yield page.slice(501);
      },
    }),
  },
];
