import type { Figure } from "../../packages/cli/src/bench/figure.ts";
import type { Mode } from "../../packages/cli/src/bench/run-record.ts";
import type { Environment } from "../../packages/cli/src/bench/environment.ts";

export interface AreaContext {
  readonly mode: Mode;
  /** An empty folder, removed when the area is done. */
  readonly folder: string;
  readonly environment: Environment;
  /** The one bench to run; all of them where it is left out. */
  readonly only: string | undefined;
  print(line: string): void;
}

/** What an area has measured. */
interface Outcome {
  readonly figures: readonly Figure[];
  /** Everything, for `results/<area>.json`. */
  readonly detail: object;
  /** The picture for a README. */
  readonly svg?: string;
  /** What else `--write` changes. */
  readonly write?: () => Promise<void>;
}

/** A part of Motte that is measured. A new one is one file and one line in `areas.ts`. */
export interface Area {
  readonly name: string;
  readonly title: string;
  /** What is measured, in a sentence or two. */
  readonly about: string;
  readonly durability: string;
  /** What `--only` takes. */
  readonly benches: readonly string[];
  run(context: AreaContext): Promise<Outcome>;
}
