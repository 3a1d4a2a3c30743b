import { type Figures, figuresOf } from "./figures.ts";
import type { Loop } from "./loops/loop.ts";
import { loops } from "./loops/loops.ts";
import {
  motteWithConnectivity,
  motteWithHastyConnectivity,
  motteWithHigherCap,
  motteWithoutFleet,
} from "./loops/motte.ts";
import { herd } from "./scripts/herd.ts";
import { outage } from "./scripts/outage.ts";
import type { Script } from "./scripts/script.ts";
import { scripts } from "./scripts/scripts.ts";

/** Our own choices that are not the default, where they matter. */
const VARIANTS: readonly (readonly [Loop, Script])[] = [
  [motteWithConnectivity, outage],
  [motteWithHastyConnectivity, outage],
  [motteWithHigherCap, outage],
  [motteWithoutFleet, herd],
];

/** Every loop against every script, and our variants. */
export async function sideBySide(): Promise<{
  readonly figures: readonly Figures[];
  readonly variants: readonly Figures[];
}> {
  const figures: Figures[] = [];
  for (const script of scripts) {
    for (const loop of loops) figures.push(await figuresOf(loop, script));
  }
  const variants: Figures[] = [];
  for (const [loop, script] of VARIANTS) variants.push(await figuresOf(loop, script));
  return { figures, variants };
}
