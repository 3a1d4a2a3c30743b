import { assertKnownOptions, integerOption } from "@motte/core/options";
import type { PolicyOptions } from "../engine/settings.ts";
import type { EngineState } from "../engine/state.ts";
import { type ReconnectPolicy, asPolicy } from "../policy.ts";
import { timelineLines } from "./lines.ts";
import { type ScriptStep, assertScript } from "./script.ts";
import { Simulation } from "./simulation.ts";
import type { TimelineEntry } from "./timeline.ts";

export interface SimulateOptions {
  /** Where the jitter comes from. The same seed gives the same timeline. @defaultValue `0` */
  readonly seed?: string | number;
  /** Engine events after which the simulation is cut off. @defaultValue `100_000` */
  readonly mostEvents?: number;
}

/** What a policy made of a script. Plain JSON. */
export interface SimulationResult {
  readonly timeline: readonly TimelineEntry[];
  /** The timeline as text. */
  readonly lines: readonly string[];
  /** The state the script left behind. */
  readonly state: EngineState;
  readonly elapsedMs: number;
  readonly connects: number;
  /** Steps that needed a connection when none came any more. */
  readonly leftOut: number;
  /** Whether the simulation was cut off before the script was over. */
  readonly cutOff: boolean;
}

/**
 * Plays a script of events against a policy on a clock of its own, and tells what the policy did and when. Nothing
 * connects and no real time passes. Always ends, and gives the same answer every time.
 *
 * Throws a `UsageError` when the policy, the script or an option makes no sense.
 */
export function simulate(
  policy: ReconnectPolicy | PolicyOptions,
  script: readonly ScriptStep[],
  options: SimulateOptions = {},
): SimulationResult {
  assertKnownOptions("simulate", options, ["seed", "mostEvents"]);
  const { seed = 0, mostEvents = 100_000 } = options;
  integerOption("mostEvents", mostEvents, { min: 1 });
  assertScript(script);
  const simulation = new Simulation(asPolicy(policy), seed, mostEvents);
  let leftOut = 0;
  let played = 0;
  for (const step of script) {
    if (simulation.exhausted) break;
    played++;
    if (!simulation.play(step)) leftOut++;
  }
  const { timeline, state, nowMs } = simulation;
  return {
    timeline,
    lines: timelineLines(timeline),
    state,
    elapsedMs: nowMs,
    connects: timeline.filter(({ type }) => type === "connect").length,
    leftOut,
    cutOff: played < script.length || simulation.exhausted,
  };
}
