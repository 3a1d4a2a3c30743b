import { keyStore } from "./key-store/area.ts";
import type { BenchArea } from "./area.ts";

/** What `motte bench` can measure. A new area is one file and one line here. */
export const AREAS: readonly BenchArea[] = [keyStore];
