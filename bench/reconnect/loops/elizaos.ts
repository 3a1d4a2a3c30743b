import { type Loop, closeOf, each, statusOf } from "./loop.ts";

const MOST_ATTEMPTS = 10;
const CAP_MS = 30_000;

/**
 * plugin-whatsapp, src/baileys/connection.ts: stops at 401, and at 405 with "try updating baileys"; a 515 is taken for
 * a QR code that timed out and has a shorter delay; the count is reset on open.
 */
export const elizaos: Loop = each("elizaos", "elizaOS' WhatsApp plugin", (bot) => {
  let attempts = 0;
  const connect = (): void => {
    bot.connect((update) => {
      if (update.connection === "open") attempts = 0;
      const error = closeOf(update);
      if (error === null) return;
      const status = statusOf(error);
      if (status === 401 || status === 405 || attempts >= MOST_ATTEMPTS) return;
      const baseMs = status === 515 ? 1_000 : 3_000;
      bot.after(Math.min(baseMs * 2 ** attempts, CAP_MS), connect);
      attempts++;
    });
  };
  connect();
});
