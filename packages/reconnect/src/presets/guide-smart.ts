import { type Preset, byNumber, stopsAt } from "./preset.ts";

/** The guides' `shouldReconnect`: not for 401, not for 500, else at once. */
export const guideSmart: Preset = {
  of: "the smart strategy of the Baileys guides",
  behaviour:
    "Stops at any 500, which Baileys reports for passing faults too (the guide also deletes the credentials); hammers otherwise.",
  policy: byNumber((code) =>
    code === 401 || code === 500 ? stopsAt(code) : { do: "retry", delayMs: 0 },
  ),
};
