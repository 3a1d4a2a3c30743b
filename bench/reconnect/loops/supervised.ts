import { EventEmitter } from "node:events";
import { silentLogger } from "@motte/core/logger";
import { type SupervisedSocket, fleet, supervise } from "@motte/reconnect";
import { makeEventBuffer } from "@whiskeysockets/baileys";
import type { BaileysError } from "../world/baileys-errors.ts";
import type { Bot, Socket } from "../world/bot.ts";
import type { Loop } from "./loop.ts";

/** The whole supervisor with its defaults, and a fleet: what a program runs. Slower to simulate than the engine alone. */
export const supervised: Loop = {
  name: "this package, supervised",
  of: "this package",
  awaits: true,
  process(world) {
    const admission = fleet({ clock: world });
    return (bot) => {
      const { id: accountId, random } = bot;
      const options = { accountId, admission, clock: world, random };
      void supervise(() => new SimulatedSocket(bot), options).start();
    };
  },
};

/** A connection of the world in the shape of a Baileys socket, with Baileys' own event buffer. */
class SimulatedSocket implements SupervisedSocket {
  readonly ev: ReturnType<typeof makeEventBuffer> = makeEventBuffer(silentLogger);
  readonly ws: EventEmitter & { isClosed: boolean; readonly isClosing: boolean };
  readonly authState: { readonly creds: { readonly account: unknown } };
  readonly #socket: Socket;

  constructor(bot: Bot) {
    this.ws = Object.assign(new EventEmitter(), { isClosed: false, isClosing: false });
    // Only a pairing that was completed sets it (Baileys configureSuccessfulPairing).
    const { account } = bot;
    this.authState = {
      creds: {
        get account() {
          return account.paired ? {} : undefined;
        },
      },
    };
    this.#socket = bot.connect(({ lastDisconnect, qr, ...update }) => {
      if (update.connection === "connecting") this.ws.emit("upgrade", {});
      if (qr !== undefined) this.ws.emit("CB:iq,type:set,pair-device", {});
      if (update.connection === "open") this.ws.emit("CB:success", {});
      if (update.connection === "close") this.ws.isClosed = true;
      this.ev.emit("connection.update", {
        ...update,
        ...(qr !== undefined && { qr }),
        ...(lastDisconnect !== undefined && {
          lastDisconnect: { error: lastDisconnect.error, date: new Date(bot.world.now()) },
        }),
      });
      if (update.connection === "close") this.ev.destroy();
    });
  }

  async end(error: Error | undefined): Promise<void> {
    // The world's bots end a socket with nothing, or with what looks like a Boom.
    this.#socket.end(error as BaileysError | undefined);
  }
}
