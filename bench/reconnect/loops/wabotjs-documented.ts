import { type Loop, closeOf, each, statusOf } from "./loop.ts";

const FIRST_MS = 5_000;
const CAP_MS = 300_000;
const PERMANENT: ReadonlySet<number | undefined> = new Set([400, 401, 403, 405]);

/**
 * WABotJS' guide: four numbers end the session "and wipe the credentials from disk"; a 515 connects again at once and
 * does not count; anything else waits 5 s, doubling to 300 s, and 5 s again after an open.
 */
export const wabotjsDocumented: Loop = each("wabotjs-documented", "WABotJS' guide", (bot) => {
  let delayMs = FIRST_MS;
  const connect = (): void => {
    bot.connect((update) => {
      if (update.connection === "open") delayMs = FIRST_MS;
      const error = closeOf(update);
      if (error === null) return;
      const status = statusOf(error);
      if (PERMANENT.has(status)) return bot.deleteCredentials();
      if (status === 515) return connect();
      bot.after(delayMs, connect);
      delayMs = Math.min(delayMs * 2, CAP_MS);
    });
  };
  connect();
});
