import { failure } from "../world/baileys-errors.ts";
import { refuseLogin, welcome } from "./handshake.ts";
import { HOUR_MS, type Script } from "./script.ts";

const BAN_MS = HOUR_MS;

/** A ban of an hour, which says in each refusal how many seconds are left of it (whatsmeow: `expire` is a duration). */
export const banned: Script = {
  name: "banned",
  title: "402: banned for an hour",
  runs: 50,
  lastsMs: 3 * HOUR_MS,
  server: (world) => ({
    healthyAtMs: BAN_MS,
    accept(connection) {
      const leftMs = BAN_MS - world.now();
      if (leftMs <= 0) return welcome(world, connection);
      const expire = String(Math.ceil(leftMs / 1_000));
      refuseLogin(world, connection, failure(402, { code: "101", expire }));
    },
  }),
};
