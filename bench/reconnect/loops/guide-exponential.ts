import { type Loop, closeOf, each } from "./loop.ts";

const MOST_ATTEMPTS = 5;
const BASE_MS = 1_000;

/**
 * The guides' exponential strategy: `BASE_DELAY * 2 ** attempts`, at most five times, from zero again on every open.
 * It does not look at the number, so it also tries again after a 401.
 */
export const guideExponential: Loop = each(
  "guide-exponential",
  "the guides' exponential strategy",
  (bot) => {
    let attempts = 0;
    const connect = (): void => {
      bot.connect((update) => {
        if (update.connection === "open") attempts = 0;
        if (closeOf(update) === null || attempts >= MOST_ATTEMPTS) return;
        bot.after(BASE_MS * 2 ** attempts, connect);
        attempts++;
      });
    };
    connect();
  },
);
