import { type Preset, byNumber, stopsAt } from "./preset.ts";

/** `reconnect_policy: :all_non_logged_out`. */
export const baileysExAll: Preset = {
  of: "BaileysEx with :all_non_logged_out",
  behaviour: "Tries everything but 401 every two seconds and gives up after five failures.",
  policy: byNumber((code) => (code === 401 ? stopsAt(code) : { do: "retry", delayMs: 2_000 }), 5),
};
