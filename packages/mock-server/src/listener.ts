import { hasCode } from "@motte/core/errors";
import { type RequestListener, type Server, createServer } from "node:http";
import { type WebSocket, WebSocketServer } from "ws";
import { MockServerError } from "./errors.ts";
import { splitTarget } from "./http/request.ts";
import { MAX_FRAME_BYTES } from "./wire/frame.ts";

/** An open port. */
export interface Listener extends AsyncDisposable {
  readonly port: number;
}

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly onSocket: (socket: WebSocket) => void;
  readonly onRequest: RequestListener;
}

export const SOCKET_PATH = "/ws/chat";

/** Opens the port: WebSockets at `/ws/chat`, plain HTTP everywhere else. */
export async function listen(options: ListenOptions): Promise<Listener> {
  const { host, port, onSocket, onRequest } = options;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME_BYTES + 4096 });
  const http = createServer(onRequest);
  http.on("upgrade", (request, socket, head) => {
    if (splitTarget(request.url ?? "/").path !== SOCKET_PATH) {
      socket.on("error", () => socket.destroy());
      socket.end("HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n");
      return;
    }
    sockets.handleUpgrade(request, socket, head, onSocket);
  });
  await open(http, host, port);
  return {
    port: portOf(http),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      await new Promise<void>((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      });
    },
  };
}

function open(http: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    http.once("error", (error) => {
      reject(hasCode(error, "EADDRINUSE") ? portInUse(port, error) : error);
    });
    http.listen({ host, port }, resolve);
  });
}

function portInUse(port: number, cause: Error): MockServerError {
  return new MockServerError(
    "MOCK_PORT_IN_USE",
    `Port ${port} is taken by another program: stop it, choose another port, or leave port out to get a free one`,
    { cause },
  );
}

function portOf(http: Server): number {
  const address = http.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
