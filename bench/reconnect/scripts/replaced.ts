import { replaced as replacedError } from "../world/baileys-errors.ts";
import type { Connection } from "../world/connection.ts";
import { LOGIN_MS } from "./handshake.ts";
import { HOUR_MS, type Script } from "./script.ts";

/** The same credentials run twice: whoever connects later takes over, and the other is told so with a 440. */
export const replaced: Script = {
  name: "replaced",
  title: "440: two owners",
  runs: 1,
  owners: 2,
  lastsMs: HOUR_MS,
  server(world) {
    let owner: Connection | undefined;
    return {
      accept(connection) {
        world.after(LOGIN_MS, () => {
          if (connection.isClosed) return;
          const old = owner;
          owner = connection;
          connection.open();
          old?.close(replacedError);
        });
      },
    };
  },
};
