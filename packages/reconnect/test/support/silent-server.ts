import { createHash } from "node:crypto";
import { once } from "node:events";
import { type IncomingMessage, createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";

/** What the server does with each request to upgrade. */
export type Answer =
  | { readonly kind: "accept" }
  /** Accepts, and reads nothing from then on: neither frames nor a close. */
  | { readonly kind: "accept-then-deaf" }
  | { readonly kind: "ignore" }
  | {
      readonly kind: "refuse";
      readonly status: number;
      readonly connection: "close" | "keep-alive";
      readonly headers?: readonly string[];
    };

/** A WebSocket server that speaks no WhatsApp: it accepts, ignores or refuses upgrades and says nothing more. */
export interface SilentServer extends AsyncDisposable {
  readonly url: string;
  /** Upgrades asked for so far. */
  readonly upgrades: number;
  /** The connections that are open now. */
  readonly connections: ReadonlySet<Duplex>;
  /** Sends a WebSocket close frame on every open connection. */
  sendClose(code: number): void;
}

const MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** Starts one. It answers the upgrades in this order, and from then on with the last answer. */
export async function silentServer(...answers: Answer[]): Promise<SilentServer> {
  let plan: readonly Answer[] = answers.length === 0 ? [{ kind: "accept" }] : answers;
  let upgrades = 0;
  const connections = new Set<Duplex>();
  const server = createServer();
  server.on("connection", (socket: Socket) => {
    socket.on("error", () => socket.destroy());
    // Node's HTTP server leaves its half of an ended connection open.
    socket.on("end", () => socket.end());
    connections.add(socket);
    socket.on("close", () => connections.delete(socket));
  });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex) => {
    upgrades++;
    const [next, ...rest] = plan;
    if (rest.length > 0) plan = rest;
    if (next !== undefined) reply(next, request, socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}/`,
    connections,
    get upgrades() {
      return upgrades;
    },
    sendClose: (code) => {
      for (const socket of connections) socket.write(closeFrame(code));
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of connections) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

function reply(answer: Answer, request: IncomingMessage, socket: Duplex): void {
  switch (answer.kind) {
    case "ignore":
      socket.resume();
      return;
    case "refuse": {
      const { status, connection, headers = [] } = answer;
      const lines = [`HTTP/1.1 ${status} Refused`, `Connection: ${connection}`, ...headers];
      socket.write(`${lines.join("\r\n")}\r\nContent-Length: 2\r\n\r\nno`);
      if (connection === "close") socket.end();
      else socket.resume();
      return;
    }
    case "accept":
    case "accept-then-deaf": {
      const key = request.headers["sec-websocket-key"] ?? "";
      const accept = createHash("sha1")
        .update(key + MAGIC)
        .digest("base64");
      const lines = [
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        `Sec-WebSocket-Accept: ${accept}`,
      ];
      socket.write(`${lines.join("\r\n")}\r\n\r\n`);
      if (answer.kind === "accept-then-deaf") socket.pause();
      else answerClose(socket);
    }
  }
}

// A close is the one thing this server answers: it echoes the frame and ends.
function answerClose(socket: Duplex): void {
  let pending = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    for (
      let length = frameLength(pending);
      length <= pending.length;
      length = frameLength(pending)
    ) {
      const opcode = (pending[0] ?? 0) & 0x0f;
      pending = pending.subarray(length);
      if (opcode === 8) socket.end(closeFrame(1000));
    }
  });
}

/** The length of the client's frame that starts here, or infinity while its header is not complete. */
function frameLength(bytes: Buffer): number {
  if (bytes.length < 2) return Number.POSITIVE_INFINITY;
  const short = bytes.readUInt8(1) & 0x7f;
  if (short < 126) return 2 + 4 + short;
  if (bytes.length < 4) return Number.POSITIVE_INFINITY;
  return 2 + 2 + 4 + bytes.readUInt16BE(2);
}

function closeFrame(code: number): Buffer {
  return Buffer.from([0x88, 2, code >> 8, code & 0xff]);
}
