import type { FindingCode } from "@motte/auth-stores/migration";

/** What is mended by taking records away that Baileys or Signal then makes anew. Nothing that concerns the creds. */
export const repairable: ReadonlySet<FindingCode> = new Set([
  "pre-key-pair",
  "lid-mapping",
  "app-state-key-length",
  "app-state-hash-length",
]);
