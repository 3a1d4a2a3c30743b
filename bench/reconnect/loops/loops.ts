import { baileysEx, baileysExAll, baileysExRestart } from "./baileys-ex.ts";
import { baileysExample } from "./baileys-example.ts";
import { elizaos } from "./elizaos.ts";
import { guideExponential } from "./guide-exponential.ts";
import { guideFixed } from "./guide-fixed.ts";
import { guideSmart } from "./guide-smart.ts";
import type { Loop } from "./loop.ts";
import { milady } from "./milady.ts";
import { motte } from "./motte.ts";
import { wabotjs } from "./wabotjs.ts";
import { wabotjsDocumented } from "./wabotjs-documented.ts";

/** Ours first. Another system is one file and one line here. */
export const loops: readonly Loop[] = [
  motte,
  baileysExample,
  guideFixed,
  guideExponential,
  guideSmart,
  baileysEx,
  baileysExRestart,
  baileysExAll,
  elizaos,
  milady,
  wabotjsDocumented,
  wabotjs,
];
