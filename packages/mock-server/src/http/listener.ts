import { type IncomingMessage, type RequestListener, type Server, createServer } from "node:http";
import { type Server as SecureServer, createServer as createSecureServer } from "node:https";
import { type Socket, type Server as TcpServer, createServer as createTcpServer } from "node:net";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { hasCode } from "@motte/core/errors";
import type { Clock } from "@motte/core/clock";
import type { Logger } from "@motte/core/logger";
import { type WebSocket, WebSocketServer } from "ws";
import { MockServerError } from "../errors.ts";
import type { Limits } from "../limits.ts";
import type { Passages } from "../passages/passages.ts";
import type { ServerCertificate, TlsIdentity } from "../tls/identity.ts";
import { declineUpgrade, isWebSocketUpgrade } from "./declined-upgrade.ts";
import type { DoorKeeper } from "./door.ts";
import { sniffTls } from "./first-byte.ts";
import { splitTarget } from "./request.ts";

/** An open port. */
export interface Listener extends AsyncDisposable, DoorKeeper {
  readonly port: number;
}

/** What a WebSocket runs on. */
export interface Transport {
  /** What its bytes are written to: TCP, or TLS over it. */
  readonly stream: Socket;
  /** The TCP connection itself. */
  readonly tcp: Socket;
}

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: Limits;
  readonly tls: TlsIdentity;
  readonly passages: Passages;
  readonly onSocket: (socket: WebSocket, transport: Transport) => void;
  readonly onRequest: RequestListener;
}

export const SOCKET_PATH = "/ws/chat";

// A frame and its length, and room for the prologue in front of the first.
const MESSAGE_OVERHEAD = 8192;

/** Opens one port for http, https, ws and wss: WebSockets at `/ws/chat`, requests everywhere else. */
export async function listen(options: ListenOptions): Promise<Listener> {
  const ports = new Ports(options);
  await open(ports.tcp, options.host, options.port);
  const port = portOf(ports.tcp);
  return {
    port,
    shut: () => ports.shut(),
    open: () => ports.open(port),
    [Symbol.asyncDispose]: () => ports.close(),
  };
}

/** The TCP server, and the two HTTP servers it hands its connections to. */
class Ports {
  readonly tcp: TcpServer;
  readonly #options: ListenOptions;
  readonly #plain: Server;
  readonly #webSockets: WebSocketServer;
  readonly #tcpSockets = new Map<string, Socket>();
  /** The time limits of clients that have asked for nothing yet. */
  readonly #silent = new Map<string, Disposable>();
  #secure: SecureServer | undefined;
  #opening: Promise<void> = Promise.resolve();
  #open = true;
  #closed = false;

  constructor(options: ListenOptions) {
    this.#options = options;
    const maxPayload = options.limits.maxFrameBytes + MESSAGE_OVERHEAD;
    this.#webSockets = new WebSocketServer({ noServer: true, maxPayload });
    this.#plain = this.#serve(createServer());
    this.tcp = createTcpServer((socket) => this.#accept(socket));
  }

  shut(): void {
    this.#open = false;
    if (this.tcp.listening) this.tcp.close();
  }

  async open(port: number): Promise<void> {
    this.#open = true;
    this.#opening = Promise.allSettled([this.#opening]).then(() => this.#reopen(port));
    await this.#opening;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const socket of this.#webSockets.clients) socket.terminate();
    this.#webSockets.close();
    // What is about to listen cannot be closed yet; whether it comes to that is the business of who opened it.
    await Promise.allSettled([this.#opening]);
    await new Promise<void>((resolve) => {
      // It may have been shut before, which is an error here and no reason to wait.
      this.tcp.close(() => resolve());
      for (const socket of this.#tcpSockets.values()) socket.destroy();
    });
  }

  async #reopen(port: number): Promise<void> {
    if (this.tcp.listening || !this.#open || this.#closed) return;
    await open(this.tcp, this.#options.host, port);
    // A server cannot be shut while it begins to listen.
    if (!this.#open) this.shut();
  }

  #accept(socket: Socket): void {
    const { clock, limits, logger } = this.#options;
    const client = clientOf(socket);
    this.#tcpSockets.set(client, socket);
    socket.setNoDelay(true);
    socket.on("error", (error) => logger.debug({ err: error }, "a TCP connection failed"));
    // Node limits the time for a request only on servers that listen themselves, which these two do not.
    const timer = clock.after(limits.handshakeMs, () => socket.destroy());
    this.#silent.set(client, timer);
    socket.on("close", () => {
      if (this.#tcpSockets.get(client) === socket) this.#tcpSockets.delete(client);
      timer[Symbol.dispose]();
      if (this.#silent.get(client) === timer) this.#silent.delete(client);
    });
    this.#options.passages.accept.enter({ socket }, () => {
      if (socket.destroyed) return;
      sniffTls(socket, (tls) => {
        const server = tls ? this.#securedBy() : this.#plain;
        server.emit("connection", socket);
      });
    });
  }

  /** The one HTTPS server there is, or another one where a fault gives it another certificate. */
  #securedBy(): SecureServer {
    const { passages, tls } = this.#options;
    const { server } = tls;
    const certificate = passages.secure.enter(server, (passed) => passed);
    if (certificate !== server) return this.#secureServer(certificate);
    this.#secure ??= this.#secureServer(server);
    return this.#secure;
  }

  #secureServer(certificate: ServerCertificate): SecureServer {
    const handshakeTimeout = this.#options.limits.handshakeMs;
    const secure = this.#serve(createSecureServer({ ...certificate, handshakeTimeout }));
    secure.on("tlsClientError", (error) => {
      this.#options.logger.debug({ err: error }, "a TLS handshake failed");
    });
    return secure;
  }

  #serve<S extends Server | SecureServer>(server: S): S {
    server.on("request", (request: IncomingMessage, response) => {
      this.#heard(request);
      this.#options.onRequest(request, response);
    });
    server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.#heard(request);
      if (!isWebSocketUpgrade(request)) {
        declineUpgrade(request, socket, head);
        // A TLS connection that is set up already is not to be set up again.
        server.emit(socket instanceof TLSSocket ? "secureConnection" : "connection", socket);
        process.nextTick(() => socket.resume());
        return;
      }
      if (splitTarget(request.url ?? "/").path !== SOCKET_PATH) {
        socket.on("error", () => socket.destroy());
        socket.end("HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n");
        return;
      }
      const stream = request.socket;
      const tcp = this.#tcpSockets.get(clientOf(stream)) ?? stream;
      this.#options.passages.upgrade.enter({ request, socket, tcp }, () => {
        if (socket.destroyed) return;
        this.#webSockets.handleUpgrade(request, socket, head, (webSocket) =>
          this.#options.onSocket(webSocket, { stream, tcp }),
        );
      });
    });
    return server;
  }

  #heard({ socket }: IncomingMessage): void {
    this.#silent.get(clientOf(socket))?.[Symbol.dispose]();
  }
}

function open(server: TcpServer, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      server.off("listening", succeed);
      reject(hasCode(error, "EADDRINUSE") ? portInUse(port, error) : error);
    };
    const succeed = (): void => {
      server.off("error", fail);
      resolve();
    };
    server.once("error", fail);
    server.once("listening", succeed);
    server.listen({ host, port });
  });
}

function portInUse(port: number, cause: Error): MockServerError {
  return new MockServerError(
    "MOCK_PORT_IN_USE",
    `Port ${port} is taken by another program: stop it, choose another port, or leave port out to get a free one`,
    { cause },
  );
}

/** The same for a TCP connection and for the TLS connection inside it. */
function clientOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

function portOf(server: TcpServer): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
