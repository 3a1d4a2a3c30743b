import type { Environment } from "./environment.ts";
import type { AreaResult } from "./figure.ts";

/** How thorough a run was. Ratios of different modes are not compared. */
export type Mode = "quick" | "normal" | "full";

/** One run, as a line of JSON. */
export interface RunRecord {
  readonly bench: "motte";
  readonly version: 1;
  /** When it began, as ISO 8601. */
  readonly at: string;
  readonly mode: Mode;
  readonly environment: Environment;
  readonly areas: readonly AreaResult[];
}
