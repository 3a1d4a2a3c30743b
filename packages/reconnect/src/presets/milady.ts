import { type Preset, byNumber, doubling, stopsAt } from "./preset.ts";

const RETRIED: ReadonlySet<number | undefined> = new Set([408, 428, 440, 515]);

/** service.ts: four numbers are tried again; any other ends it without a word. */
export const milady: Preset = {
  of: "Milady's WhatsApp service",
  behaviour:
    "Dies silently at 500, 503 and everything else it does not list; takes a replaced connection back for ever.",
  policy: byNumber((code, failures) =>
    RETRIED.has(code) ? doubling(3_000, failures, 60_000) : stopsAt(code),
  ),
};
