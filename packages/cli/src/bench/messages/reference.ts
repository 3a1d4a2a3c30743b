import type { Reference } from "../reference.ts";

// Written by `pnpm bench motte-bench --write`.
export const REFERENCE: Reference = { measuredOn: "", ratios: {} };
