import { type BaileysError, qrRefsEnded } from "../world/baileys-errors.ts";
import type { Connection } from "../world/connection.ts";
import type { World } from "../world/world.ts";
import { SECOND_MS } from "./script.ts";

/** TCP, TLS, the WebSocket, Noise and the login. */
export const LOGIN_MS = 500;
/** A connection that nobody takes. */
export const REFUSED_MS = 250;

// Baileys 7: six refs to a socket, a minute for the first and 20 s for each after it.
const REFS = 6;
const FIRST_REF_MS = 60 * SECOND_MS;
const NEXT_REF_MS = 20 * SECOND_MS;

/** Lets a paired bot in, and shows codes to one that is not. */
export function welcome(world: World, connection: Connection): void {
  world.after(LOGIN_MS, () => {
    if (connection.account.mayLogIn) connection.open();
    else showCodes(world, connection);
  });
}

/** Answers the login with `error`; where there is nothing to log in with, it never comes to that. */
export function refuseLogin(world: World, connection: Connection, error: BaileysError): void {
  world.after(LOGIN_MS, () => {
    if (connection.account.mayLogIn) connection.close(error);
    else showCodes(world, connection);
  });
}

/** Shows one code after the other until none is left. */
export function showCodes(world: World, connection: Connection): void {
  for (let ref = 0; ref < REFS; ref++) {
    const atMs = ref === 0 ? 0 : FIRST_REF_MS + (ref - 1) * NEXT_REF_MS;
    world.after(atMs, () => connection.showQr());
  }
  const endMs = FIRST_REF_MS + (REFS - 1) * NEXT_REF_MS;
  world.after(endMs, () => connection.close(qrRefsEnded));
}
