import type { Bot } from "../world/bot.ts";
import { type Loop, closeOf, each, statusOf } from "./loop.ts";

const FIRST_MS = 3_000;
const CAP_MS = 60_000;
const MOST_CODES = 5;
/** Any other number ends it without a word. */
const RETRIED: ReadonlySet<number | undefined> = new Set([408, 428, 440, 515]);

/** Milady: one program pairs (whatsapp-pairing.ts), another runs what is paired (plugins/whatsapp/service.ts). */
export const milady: Loop = each("milady", "Milady", (bot) => {
  if (bot.account.hasCredentials) serve(bot);
  else pair(bot);
});

/** 3 s, doubling to a minute, reset on open. */
function serve(bot: Bot): void {
  let delayMs = FIRST_MS;
  const connect = (): void => {
    bot.connect((update) => {
      if (update.connection === "open") delayMs = FIRST_MS;
      const error = closeOf(update);
      if (error === null || !RETRIED.has(statusOf(error))) return;
      bot.after(delayMs, connect);
      delayMs = Math.min(delayMs * 2, CAP_MS);
    });
  };
  connect();
}

/** Shows five codes, then says "timeout"; starts again three seconds after what passes. */
function pair(bot: Bot): void {
  let codes = 0;
  const socket = bot.connect((update) => {
    if (update.qr !== undefined && ++codes > MOST_CODES) socket.end(undefined);
    const error = closeOf(update);
    if (error !== null && RETRIED.has(statusOf(error))) bot.after(3_000, () => pair(bot));
  });
}
