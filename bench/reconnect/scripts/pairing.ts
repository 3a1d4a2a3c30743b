import { restartRequired } from "../world/baileys-errors.ts";
import { LOGIN_MS, showCodes, welcome } from "./handshake.ts";
import { MINUTE_MS, SECOND_MS, type Script } from "./script.ts";

const SCANNED_MS = 20 * SECOND_MS;
// pair-device-sign and the restart that the server asks for.
const RESTART_MS = 300;

/** A code is scanned, and the server asks for the restart with which every pairing ends. */
export const pairing: Script = {
  name: "pairing",
  title: "515 after pairing",
  runs: 1,
  lastsMs: 10 * MINUTE_MS,
  paired: false,
  server: (world) => ({
    healthyAtMs: LOGIN_MS + SCANNED_MS + RESTART_MS,
    accept(connection) {
      if (connection.account.paired) return welcome(world, connection);
      world.after(LOGIN_MS, () => showCodes(world, connection));
      world.after(LOGIN_MS + SCANNED_MS, () => connection.pair());
      world.after(LOGIN_MS + SCANNED_MS + RESTART_MS, () => connection.close(restartRequired));
    },
  }),
};
