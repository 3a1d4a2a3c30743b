import { socketClosed, unreachable } from "../world/baileys-errors.ts";
import type { Connection } from "../world/connection.ts";
import { REFUSED_MS, welcome } from "./handshake.ts";
import { HOUR_MS, MINUTE_MS, type Script } from "./script.ts";

const BEGINS_MS = 10 * MINUTE_MS;
// Loops without jitter would always meet its end at the same point of their schedule, by luck or by bad luck.
const GIVE_OR_TAKE_MS = 2.5 * MINUTE_MS;

/**
 * Every connection is cut, and nothing can be reached for an hour. It is the machine's own network that is gone, which
 * only a loop notices that looks.
 */
export const outage: Script = {
  name: "outage",
  title: "outage of an hour",
  runs: 100,
  lastsMs: BEGINS_MS + HOUR_MS + GIVE_OR_TAKE_MS + 30 * MINUTE_MS,
  server(world, random) {
    const lastsMs = HOUR_MS + (2 * random.next() - 1) * GIVE_OR_TAKE_MS;
    const endsMs = BEGINS_MS + lastsMs;
    const isAway = (): boolean => world.now() >= BEGINS_MS && world.now() < endsMs;
    let connections: Connection[] = [];
    world.after(BEGINS_MS, () => {
      const cut = connections;
      // Some connect again while the others are still being told.
      connections = [];
      for (const connection of cut) connection.close(socketClosed);
    });
    return {
      healthyAtMs: endsMs,
      machineIsOnline: () => !isAway(),
      accept(connection) {
        if (isAway()) return void world.after(REFUSED_MS, () => connection.close(unreachable));
        connections.push(connection);
        welcome(world, connection);
      },
    };
  },
};
