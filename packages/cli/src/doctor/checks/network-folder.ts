import type { StoreCheck } from "../finding.ts";

export const networkFolder: StoreCheck = ({ networkFileSystem }) =>
  networkFileSystem === undefined
    ? []
    : [
        {
          id: "network-file-system",
          severity: "error",
          found: `The store is on ${networkFileSystem}, where locks and flushes do not hold: two bots may write at once, and what was stored may be lost.`,
          remedy: "Move it to a local disk, or to Redis with motte migrate.",
        },
      ];
