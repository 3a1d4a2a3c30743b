import { type Preset, byNumber, doubling, stopsAt } from "./preset.ts";

/** `BASE_DELAY * 2 ** attempts`, five times, from zero again on every open. The guide itself retries a 401 too. */
export const guideExponential: Preset = {
  of: "the exponential strategy of the Baileys guides",
  behaviour:
    "Gives up after five failures, so that an outage of a minute ends it; a server that closes soon after every open is never backed off from.",
  policy: byNumber(
    (code, failures) => (code === 401 ? stopsAt(code) : doubling(1_000, failures, Infinity)),
    5,
  ),
};
