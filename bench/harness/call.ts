import { parseArgs } from "node:util";
import type { Mode } from "../../packages/cli/src/bench/run-record.ts";
import type { Area } from "./area.ts";

/** What a run of the benches was asked for. */
export interface BenchCall {
  readonly areas: readonly Area[];
  readonly mode: Mode;
  readonly only: string | undefined;
  readonly write: boolean;
  readonly check: boolean;
  readonly html: string | undefined;
  /** Measure nothing, and draw the last run that was kept into `html`. */
  readonly drawOnly: boolean;
  /** Where every process leaves a CPU profile. */
  readonly profile: string | undefined;
}

/** Reads the arguments, or says in a line what is wrong with them. */
export function benchCall(args: readonly string[], known: readonly Area[]): BenchCall | string {
  const names = known.map(({ name }) => name);
  let parsed;
  try {
    parsed = parseArgs({
      // pnpm hands on the dashes that part its own arguments from ours.
      args: args.filter((each) => each !== "--"),
      allowPositionals: true,
      options: {
        quick: { type: "boolean", default: false },
        full: { type: "boolean", default: false },
        only: { type: "string" },
        write: { type: "boolean", default: false },
        check: { type: "boolean", default: false },
        html: { type: "string" },
        draw: { type: "string" },
        profile: { type: "string" },
      },
    });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const { values, positionals } = parsed;
  const { quick, full, only, write, check, draw, html = draw, profile } = values;
  const stranger = positionals.find((name) => !names.includes(name));
  if (stranger !== undefined) return `There is no area "${stranger}": ${names.join(", ")}`;
  if (quick && full) return "Either --quick or --full, not both";
  const areas = known.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  if (only !== undefined) {
    const benches = areas.flatMap((area) => area.benches);
    if (areas.length !== 1) return "--only is a bench of one area: name the area";
    if (!benches.includes(only)) return `There is no bench "${only}": ${benches.join(", ")}`;
    if (write) return "--write takes a whole area, and --only is a part of one";
  }
  if (draw !== undefined && args.length > 2) return "--draw <file> measures nothing: give it alone";
  const mode = quick ? "quick" : full ? "full" : "normal";
  return { areas, mode, only, write, check, html, drawOnly: draw !== undefined, profile };
}
