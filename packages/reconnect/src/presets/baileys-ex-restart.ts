import { type Preset, byNumber, stopsAt } from "./preset.ts";

/** `reconnect_policy: :restart_required`. */
export const baileysExRestart: Preset = {
  of: "BaileysEx with :restart_required",
  behaviour: "Connects again after a restart only, two seconds later, at most five times in a row.",
  policy: byNumber((code) => (code === 515 ? { do: "retry", delayMs: 2_000 } : stopsAt(code)), 5),
};
