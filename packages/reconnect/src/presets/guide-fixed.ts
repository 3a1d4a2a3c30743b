import { type Preset, byNumber, stopsAt } from "./preset.ts";

/** `setTimeout(connect, 3000)`. */
export const guideFixed: Preset = {
  of: "the basic strategy of the Baileys guides",
  behaviour: "Connects again every three seconds, for ever.",
  policy: byNumber((code) => (code === 401 ? stopsAt(code) : { do: "retry", delayMs: 3_000 })),
};
