import { socketClosed } from "../world/baileys-errors.ts";
import type { Connection } from "../world/connection.ts";
import { welcome } from "./handshake.ts";
import { MINUTE_MS, type Script } from "./script.ts";

const DROP_MS = 10 * MINUTE_MS;

/** A thousand sessions behind one address are dropped in the same moment, by a server that takes them back at once. */
export const herd: Script = {
  name: "herd",
  title: "1,000 sessions dropped at once",
  runs: 1,
  accounts: 1_000,
  lastsMs: DROP_MS + 10 * MINUTE_MS,
  server(world) {
    let connections: Connection[] = [];
    world.after(DROP_MS, () => {
      const cut = connections;
      // Some connect again while the others are still being told.
      connections = [];
      for (const connection of cut) connection.close(socketClosed);
    });
    return {
      healthyAtMs: DROP_MS,
      accept(connection) {
        connections.push(connection);
        welcome(world, connection);
      },
    };
  },
};
