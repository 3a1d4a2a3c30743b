import { type Preset, byNumber, doubling, stopsAt } from "./preset.ts";

const PERMANENT: ReadonlySet<number | undefined> = new Set([400, 401, 403, 405]);

/** As its guide says: 5 s, doubling to 300 s; a restart at once and uncounted. */
export const wabotjsDocumented: Preset = {
  of: "WABotJS as documented",
  behaviour:
    "Backs off to five minutes, for ever; stops at 400, 401, 403 and 405 (the original also deletes the credentials).",
  policy: byNumber((code, failures) => {
    if (PERMANENT.has(code)) return stopsAt(code);
    if (code === 515) return { do: "retry", delayMs: 0, counted: false };
    return doubling(5_000, failures, 300_000);
  }),
};
