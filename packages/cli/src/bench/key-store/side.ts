import type { Keys } from "./operations.ts";

/** What every figure is relative to: the store that Baileys ships. */
export const BASE = "useMultiFileAuthState";

/** A store that takes part. */
export interface KeyStoreSide {
  /** As people know it. */
  readonly name: string;
  /** Its kind, by which its reference is found; `undefined` for what all are compared with. */
  readonly kind: string | undefined;
  /** What an acknowledged write survives. */
  readonly survives: string;
  readonly keys: Keys;
}
