import { type Preset, byNumber, stopsAt } from "./preset.ts";

const PERMANENT: ReadonlySet<number | undefined> = new Set([401, 403, 405]);

/** Bot.ts: its limit of five can never be reached, because every close sets the count to zero first. */
export const wabotjs: Preset = {
  of: "WABotJS as written",
  behaviour:
    "Tries every five seconds for ever, never backing off; stops at 401, 403 and 405 (the original means to delete the credentials).",
  policy: byNumber((code) => {
    if (PERMANENT.has(code)) return stopsAt(code);
    return { do: "retry", delayMs: code === 515 ? 0 : 5_000 };
  }),
};
