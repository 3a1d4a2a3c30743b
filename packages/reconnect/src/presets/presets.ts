import { baileysEx } from "./baileys-ex.ts";
import { baileysExAll } from "./baileys-ex-all.ts";
import { baileysExRestart } from "./baileys-ex-restart.ts";
import { baileysExample } from "./baileys-example.ts";
import { elizaos } from "./elizaos.ts";
import { guideExponential } from "./guide-exponential.ts";
import { guideFixed } from "./guide-fixed.ts";
import { guideSmart } from "./guide-smart.ts";
import { milady } from "./milady.ts";
import type { Preset } from "./preset.ts";
import { wabotjs } from "./wabotjs.ts";
import { wabotjsDocumented } from "./wabotjs-documented.ts";

export type PresetName =
  | "baileys-example"
  | "guide-fixed"
  | "guide-exponential"
  | "guide-smart"
  | "baileys-ex"
  | "baileys-ex-restart"
  | "baileys-ex-all"
  | "elizaos"
  | "milady"
  | "wabotjs-documented"
  | "wabotjs";

/**
 * How other systems reconnect, to compare with and to move over from. They are true to the originals, defects and all,
 * but for what no rule may do: connect with revoked credentials, during a ban or sooner than a `Retry-After` says, and
 * delete credentials.
 */
export const presets: Readonly<Record<PresetName, Preset>> = {
  "baileys-example": baileysExample,
  "guide-fixed": guideFixed,
  "guide-exponential": guideExponential,
  "guide-smart": guideSmart,
  "baileys-ex": baileysEx,
  "baileys-ex-restart": baileysExRestart,
  "baileys-ex-all": baileysExAll,
  elizaos,
  milady,
  "wabotjs-documented": wabotjsDocumented,
  wabotjs,
};
