import { UsageError } from "@motte/core/errors";
import { integerOption } from "@motte/core/options";
import type { SeededRandom } from "@motte/core/random";
import type { FaultName } from "../faults/catalogue.ts";
import type { FaultRuleSpec } from "../faults/fault-rule.ts";
import { type Scene, repertoire } from "./repertoire.ts";

/** How likely each fault is beside the others; those that are not named are not picked. */
export type ChaosWeights = Partial<Record<FaultName, number>>;

export interface ChaosPlanOptions {
  /** How many faults are picked. */
  readonly faults: number;
  /** Take the place of the built-in weights. Only faults that clients recover from are taken. */
  readonly weights: ChaosWeights | undefined;
}

/** Picks faults by their weights, each to fire once. The same seed gives the same rules on every machine. */
export function chaosPlan(
  random: SeededRandom,
  { faults, weights }: ChaosPlanOptions,
): readonly FaultRuleSpec[] {
  integerOption("faults", faults, { min: 1, max: 1_000 });
  const scenes = weighted(weights);
  const total = scenes.reduce((sum, { weight }) => sum + weight, 0);
  return Array.from({ length: faults }, (_, index) => {
    const own = random.fork(`pick ${index}`);
    const { fault, maxSkip, settings } = pickScene(scenes, own.next() * total);
    return {
      fault,
      times: 1,
      skip: Math.floor(own.next() * (maxSkip + 1)),
      ...settings?.(own),
    };
  });
}

function weighted(weights: ChaosWeights | undefined): readonly Scene[] {
  if (weights === undefined) return repertoire;
  const names = repertoire.map(({ fault }) => fault);
  for (const [name, weight] of Object.entries(weights)) {
    if (!names.some((known) => known === name)) {
      throw new UsageError(
        "USAGE_INVALID_OPTION",
        `Chaos does not pick the fault "${name}", which clients may not recover from; it picks ${names.join(", ")}`,
      );
    }
    if (!(typeof weight === "number" && weight >= 0 && weight < Number.POSITIVE_INFINITY)) {
      throw new UsageError("USAGE_INVALID_OPTION", `The weight of "${name}" must be 0 or more`);
    }
  }
  const scenes = repertoire
    .map((scene) => ({ ...scene, weight: weights[scene.fault] ?? 0 }))
    .filter(({ weight }) => weight > 0);
  if (scenes.length > 0) return scenes;
  throw new UsageError("USAGE_INVALID_OPTION", "At least one fault must have a weight over 0");
}

function pickScene(scenes: readonly Scene[], point: number): Scene {
  let left = point;
  for (const scene of scenes) {
    left -= scene.weight;
    if (left < 0) return scene;
  }
  // Only rounding gets here, and the last scene is where it should have ended.
  return scenes.at(-1) ?? unreachable();
}

function unreachable(): never {
  throw new RangeError("There is no scene to pick");
}
