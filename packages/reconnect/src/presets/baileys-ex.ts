import { type Preset, byNumber, stopsAt } from "./preset.ts";

/** `reconnect_policy: :disabled`, the default: `retry_delay_ms` and `max_retries` have no effect. */
export const baileysEx: Preset = {
  of: "BaileysEx as it comes",
  behaviour: "Never connects again, not even after the restart that ends a pairing.",
  policy: byNumber(stopsAt),
};
