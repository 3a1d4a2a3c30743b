import { type Loop, closeOf, each, statusOf } from "./loop.ts";

/** Baileys' Example/example.ts and documentation: `shouldReconnect = statusCode !== DisconnectReason.loggedOut`. */
export const baileysExample: Loop = each("baileys-example", "Baileys' example", (bot) => {
  const connect = (): void => {
    bot.connect((update) => {
      const error = closeOf(update);
      if (error !== null && statusOf(error) !== 401) connect();
    });
  };
  connect();
});
