import { UsageError } from "@motte/core/errors";
import {
  type PolicyOptions,
  type ScriptStep,
  type SimulationResult,
  presets,
  simulate,
} from "@motte/reconnect";
import { didYouMean } from "../did-you-mean.ts";

/** What one policy made of a script. */
export interface Outcome {
  readonly policy: string;
  readonly result: SimulationResult;
}

/** Motte's own policy. */
const OWN = "default";

/** Plays a script against policies by their names. Throws a `UsageError` for a name that there is not. */
export function compare(
  names: readonly string[],
  script: readonly ScriptStep[],
  seed: string,
): readonly Outcome[] {
  const chosen = names.length === 0 ? [OWN] : names.includes("all") ? policyNames() : names;
  const policies = chosen.map((name) => ({ name, policy: policyOf(name) }));
  return policies.map(({ name, policy }) => ({
    policy: name,
    result: simulate(policy, script, { seed }),
  }));
}

export function policyNames(): readonly string[] {
  return [OWN, ...Object.keys(presets)];
}

function policyOf(name: string): PolicyOptions {
  if (name === OWN) return {};
  const preset = Object.entries(presets).find(([known]) => known === name);
  if (preset !== undefined) return preset[1].policy;
  throw new UsageError(
    "USAGE_INVALID_OPTION",
    `There is no policy "${name}"${didYouMean(name, policyNames())}; there are ${policyNames().join(", ")}, or all`,
  );
}
