import { hasCode } from "@motte/core/errors";
import { type IncomingMessage, type Server, createServer } from "node:http";
import { type WebSocket, WebSocketServer } from "ws";
import { MockServerError } from "./errors.ts";
import { MAX_FRAME_BYTES } from "./wire/frame.ts";

/** An open port. */
export interface Listener extends AsyncDisposable {
  readonly port: number;
}

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly onSocket: (socket: WebSocket) => void;
}

const SOCKET_PATH = "/ws/chat";
const HEALTH_PATHS: readonly string[] = ["/", "/healthz"];

/** Opens the port: WebSockets at `/ws/chat`, and 200 at `/` and `/healthz` for readiness probes. */
export async function listen({ host, port, onSocket }: ListenOptions): Promise<Listener> {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME_BYTES + 4096 });
  const http = createServer((request, response) => {
    response.statusCode = HEALTH_PATHS.includes(path(request)) ? 200 : 404;
    response.setHeader("content-type", "text/plain");
    response.end(response.statusCode === 200 ? "ok\n" : "not found\n");
  });
  http.on("upgrade", (request, socket, head) => {
    if (path(request) !== SOCKET_PATH) {
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

function path(request: IncomingMessage): string {
  const url = request.url ?? "/";
  const query = url.indexOf("?");
  return query === -1 ? url : url.slice(0, query);
}
