import { type Loop, closeOf, each, statusOf } from "./loop.ts";

/** The guides' smart strategy: never after a 401, "clear auth state" and never after a 500, else at once. */
export const guideSmart: Loop = each("guide-smart", "the guides' smart strategy", (bot) => {
  const connect = (): void => {
    bot.connect((update) => {
      const error = closeOf(update);
      if (error === null || statusOf(error) === 401) return;
      if (statusOf(error) === 500) bot.deleteCredentials();
      else connect();
    });
  };
  connect();
});
