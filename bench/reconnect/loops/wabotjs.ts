import { ownError } from "../world/baileys-errors.ts";
import type { Socket } from "../world/bot.ts";
import { type Loop, closeOf, each, statusOf } from "./loop.ts";

const PERMANENT: ReadonlySet<number | undefined> = new Set([401, 403, 405]);
const RETRY_MS = 5_000;
const LOGIN_MS = 60_000;

/**
 * WABotJS 2.0.0, Bot.ts, as written. Four things differ from what it means to do:
 *
 * - Every close calls `close()`, which sets the count of attempts to zero, so its limit of five is never reached.
 * - `logout()` after that `close()` throws before it drops the credentials.
 * - Every `connecting` starts a minute's timer that nobody stops. When it finds the bot logged out it ends the socket
 *   as if the server had said 401; between two sockets there is none to end, and the error, which nobody catches, ends
 *   the process (Node's default for an unhandled rejection).
 * - Before each login it fetches a version from GitHub. Where that fails, nothing tries again.
 */
export const wabotjs: Loop = each("wabotjs", "WABotJS as written", (bot) => {
  let socket: Socket | undefined;
  let loggedIn = false;
  let crashed = false;
  const loginTimer = (): void => {
    if (loggedIn || crashed) return;
    if (socket === undefined) crashed = true;
    else socket.end(ownError(401, "time to log in expired"));
  };
  const connect = (): void => {
    if (crashed || !bot.machineIsOnline) return;
    socket = bot.connect((update) => {
      if (update.connection === "connecting") bot.after(LOGIN_MS, loginTimer);
      if (update.connection === "open") loggedIn = true;
      const error = closeOf(update);
      if (error === null) return;
      socket = undefined;
      loggedIn = false;
      const status = statusOf(error);
      if (!PERMANENT.has(status)) bot.after(status === 515 ? 0 : RETRY_MS, connect);
    });
  };
  connect();
});
