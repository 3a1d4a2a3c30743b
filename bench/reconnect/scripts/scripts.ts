import { banned } from "./banned.ts";
import { flapping, flapping500 } from "./flapping.ts";
import { herd } from "./herd.ts";
import { neverScanned } from "./never-scanned.ts";
import { outage } from "./outage.ts";
import { outdated } from "./outdated.ts";
import { pairing } from "./pairing.ts";
import { replaced } from "./replaced.ts";
import type { Script } from "./script.ts";

/** Another script is one file and one line here. */
export const scripts: readonly Script[] = [
  pairing,
  outage,
  replaced,
  outdated,
  banned,
  flapping,
  flapping500,
  neverScanned,
  herd,
];
