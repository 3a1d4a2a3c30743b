import { type Loop, closeOf, each, statusOf } from "./loop.ts";

/** The guides' basic strategy: `setTimeout(connect, 3000)`. */
export const guideFixed: Loop = each("guide-fixed", "the guides' basic strategy", (bot) => {
  const connect = (): void => {
    bot.connect((update) => {
      const error = closeOf(update);
      if (error !== null && statusOf(error) !== 401) bot.after(3_000, connect);
    });
  };
  connect();
});
