import type { Reference } from "./reference-ratio.ts";

// Written by `pnpm bench key-store --write`.
export const REFERENCE: Reference = { measuredOn: "", ratios: {} };
