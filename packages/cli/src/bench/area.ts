import type { Output } from "../output.ts";
import type { AreaResult } from "./figure.ts";
import type { StoreName } from "../stores/store-name.ts";

export interface AreaOptions {
  /** The user's stores; none to measure those of a temporary folder. */
  readonly stores: readonly StoreName[];
  readonly rounds: number;
  /** As short as it can be, for a first look. */
  readonly quick: boolean;
  readonly signal: AbortSignal;
  /** Where progress is shown. */
  readonly output: Output;
}

/** One thing that can be measured on the user's machine. */
export interface BenchArea {
  readonly name: string;
  /** For the help, in a line. */
  readonly summary: string;
  /** The folder whose file system matters. */
  folder(options: AreaOptions): string;
  /** Throws a `UsageError` before anything is changed. */
  check(options: AreaOptions): Promise<void>;
  run(options: AreaOptions): Promise<AreaResult>;
}
