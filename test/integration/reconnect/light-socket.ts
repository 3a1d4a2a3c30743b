import { EventEmitter } from "node:events";
import { makeEventBuffer } from "@whiskeysockets/baileys";
import { silentLogger } from "@motte/core/logger";
import type { SupervisedSocket } from "@motte/reconnect";
import { WebSocket } from "ws";

/** What Baileys says when a connection ends (socket.js): a Boom, of which only this much is read. */
class ConnectionEnded extends Error {
  readonly output: { readonly statusCode: number };

  constructor(message: string, statusCode: number) {
    super(message);
    this.output = { statusCode };
  }
}

/**
 * The least that can be supervised: a real WebSocket that counts as open when its upgrade is, with Baileys' own
 * emitter and without its handshake, keys and timers, of which a test cannot afford hundreds.
 */
export function lightSocket(url: string): SupervisedSocket {
  const ev = makeEventBuffer(silentLogger);
  const socket = new WebSocket(url);
  const transport = new EventEmitter();
  let ended = false;
  const end = async (error: Error | undefined): Promise<void> => {
    if (ended) return;
    ended = true;
    socket.close();
    ev.emit("connection.update", {
      connection: "close",
      lastDisconnect: { error, date: new Date(0) },
    });
    ev.destroy();
  };
  socket.on("upgrade", (response) => transport.emit("upgrade", response));
  socket.on("open", () => ev.emit("connection.update", { connection: "open" }));
  socket.on("close", (code) => {
    transport.emit("close", code);
    void end(new ConnectionEnded("Connection Terminated", 428));
  });
  socket.on("error", ({ message }) => {
    void end(new ConnectionEnded(`WebSocket Error (${message})`, 408));
  });
  return {
    ev,
    end,
    ws: {
      get isClosed() {
        return socket.readyState === WebSocket.CLOSED;
      },
      get isClosing() {
        return socket.readyState === WebSocket.CLOSING;
      },
      on: (event, listener) => transport.on(event, listener),
      off: (event, listener) => transport.off(event, listener),
    },
  };
}
