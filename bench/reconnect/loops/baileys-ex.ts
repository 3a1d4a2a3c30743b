import type { Bot } from "../world/bot.ts";
import { type Loop, closeOf, each, statusOf } from "./loop.ts";

const RETRY_DELAY_MS = 2_000;
const MAX_RETRIES = 5;

/** `reconnect_policy: :disabled`, which nobody has to set: nothing connects again, not even after a 515. */
export const baileysEx: Loop = each("baileys-ex", "BaileysEx as it comes", (bot) =>
  retrying(bot, () => false),
);

/** `reconnect_policy: :restart_required`. */
export const baileysExRestart: Loop = each(
  "baileys-ex-restart",
  "BaileysEx, :restart_required",
  (bot) => retrying(bot, (status) => status === 515),
);

/** `reconnect_policy: :all_non_logged_out`. */
export const baileysExAll: Loop = each("baileys-ex-all", "BaileysEx, :all_non_logged_out", (bot) =>
  retrying(bot, (status) => status !== 401),
);

/** connection/coordinator.ex: always the same delay; the count is reset on open. */
function retrying(bot: Bot, mayRetry: (status: number | undefined) => boolean): void {
  let attempt = 0;
  const connect = (): void => {
    bot.connect((update) => {
      if (update.connection === "open") attempt = 0;
      const error = closeOf(update);
      if (error === null || !mayRetry(statusOf(error))) return;
      attempt++;
      if (attempt <= MAX_RETRIES) bot.after(RETRY_DELAY_MS, connect);
    });
  };
  connect();
}
