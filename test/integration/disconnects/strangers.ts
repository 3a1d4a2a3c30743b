import { once } from "node:events";
import { type Server, createServer } from "node:http";
import { WebSocketServer } from "ws";

/** Something that listens where a client expects its server. */
export interface Stranger extends AsyncDisposable {
  readonly url: string;
}

export type StrangerName = keyof typeof strangers;

export const strangers = {
  /** A web server without TLS where TLS is expected. */
  plainHttp: () => listening("wss", createServer()),
  /** A WebSocket server that sends a frame with a bit that no frame has. */
  brokenFrames: () => {
    const server = createServer();
    const sockets = new WebSocketServer({ server });
    sockets.on("connection", (_socket, { socket }) => socket.write(Buffer.from([0xc2, 0x00])));
    return listening("ws", server);
  },
} as const satisfies Record<string, () => Promise<Stranger>>;

async function listening(protocol: "ws" | "wss", server: Server): Promise<Stranger> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port");
  return {
    url: `${protocol}://127.0.0.1:${address.port}/`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
