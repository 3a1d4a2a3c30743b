import { type BaileysError, ackOwed, socketClosed } from "../world/baileys-errors.ts";
import { LOGIN_MS, welcome } from "./handshake.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS, type Script } from "./script.ts";

const OPEN_MS = 5 * SECOND_MS;

/** Every connection is closed five seconds after it opened, for an hour. */
export const flapping: Script = script(
  "flapping",
  "428 after each open, for an hour",
  socketClosed,
);

/** The same with a 500, which is how Baileys shows a stanza that was never acknowledged. */
export const flapping500: Script = script(
  "flapping-500",
  "500 after each open, for an hour",
  ackOwed,
);

function script(name: string, title: string, error: BaileysError): Script {
  return {
    name,
    title,
    runs: 50,
    lastsMs: HOUR_MS + 30 * MINUTE_MS,
    server: (world, random) => {
      const healthyAtMs = HOUR_MS + random.next() * MINUTE_MS;
      return {
        healthyAtMs,
        accept(connection) {
          welcome(world, connection);
          world.after(LOGIN_MS + OPEN_MS, () => {
            if (connection.isOpen && world.now() < healthyAtMs) connection.close(error);
          });
        },
      };
    },
  };
}
