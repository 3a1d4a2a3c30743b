import { failure } from "../world/baileys-errors.ts";
import { refuseLogin } from "./handshake.ts";
import { DAY_MS, type Script } from "./script.ts";

/** The server takes this version of the client no more, and it never changes. */
export const outdated: Script = {
  name: "outdated",
  title: "405 for a day",
  runs: 1,
  lastsMs: DAY_MS,
  server: (world) => ({
    accept: (connection) => refuseLogin(world, connection, failure(405, { location: "cln" })),
  }),
};
