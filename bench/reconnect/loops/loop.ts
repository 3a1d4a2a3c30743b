import type { BaileysError } from "../world/baileys-errors.ts";
import type { Bot } from "../world/bot.ts";
import type { ConnectionUpdate } from "../world/connection.ts";
import type { World } from "../world/world.ts";

/** How one system keeps its bots connected. */
export interface Loop {
  readonly name: string;
  /** Whose it is. */
  readonly of: string;
  /** Whether it awaits promises, so that its world has to let them settle. */
  readonly awaits?: true;
  /** One process: what its bots share is made here, and the result starts one of them. */
  process(world: World): (bot: Bot) => void;
}

/** A loop that is the same function for every bot, which is what all but ours are. */
export function each(name: string, of: string, start: (bot: Bot) => void): Loop {
  return { name, of, process: () => start };
}

/** The error of a close, or `null` for an update that is none. */
export function closeOf(update: ConnectionUpdate): BaileysError | undefined | null {
  return update.connection === "close" ? update.lastDisconnect?.error : null;
}

/** `(lastDisconnect?.error as Boom)?.output?.statusCode`, with which all of them decide. */
export function statusOf(error: BaileysError | undefined): number | undefined {
  return error?.output.statusCode;
}
