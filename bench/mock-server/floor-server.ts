// The least a server could do for a relayed message: a WebSocket, Noise and the codec, for the same stanzas, and
// nothing that looks at them.
import { once } from "node:events";
import {
  type WebSocket,
  WebSocketServer,
} from "../../packages/mock-server/test/support/web-sockets.ts";
import type { BinaryNode } from "@whiskeysockets/baileys";
import { OutgoingTurn } from "../../packages/mock-server/src/connection/outgoing-turn.ts";
import { FrameDecoder, encodeFrame } from "../../packages/mock-server/src/wire/frame.ts";
import { decodeNode, encodeNode } from "../../packages/mock-server/src/wire/node-codec.ts";
import { NoiseTransport } from "../../packages/mock-server/src/wire/noise/transport.ts";
import { answer } from "./program.ts";

const BOUNDS = { maxNodes: 10_000, maxNodeDepth: 20, maxInflatedBytes: 2 ** 20 };
const MAX_FRAME_BYTES = 2 ** 20;

/** What goes out for each stanza that comes in, to whoever sent it and to the other one. */
const ANSWERS: Readonly<Record<string, { readonly back: string; readonly on: string }>> = {
  message: { back: "ack", on: "message" },
  iq: { back: "iq", on: "notification" },
  receipt: { back: "ack", on: "receipt" },
};

interface Peer {
  readonly socket: WebSocket;
  readonly turn: OutgoingTurn;
  readonly noise: NoiseTransport;
}

const peers: Peer[] = [];

const calls = {
  async listen(): Promise<string> {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    server.on("connection", (socket, { socket: tcp }) => {
      tcp.setNoDelay(true);
      const noise = new NoiseTransport({ send: Buffer.alloc(32), receive: Buffer.alloc(32) });
      const peer = { socket, turn: new OutgoingTurn(tcp), noise };
      const decoder = new FrameDecoder(MAX_FRAME_BYTES);
      peers.push(peer);
      socket.on("message", (data: Buffer) => {
        for (const frame of decoder.push(data)) {
          onStanza(decodeNode(noise.open(frame), BOUNDS), peer);
        }
      });
    });
    await once(server, "listening");
    const address = server.address();
    return `ws://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  },
};

export type FloorServerCalls = typeof calls;

function onStanza(stanza: BinaryNode, from: Peer): void {
  const answers = ANSWERS[stanza.tag];
  const other = peers.find((each) => each !== from);
  if (answers === undefined || other === undefined) return;
  const { attrs, content } = stanza;
  send(from, { tag: answers.back, attrs });
  send(other, { tag: answers.on, attrs, ...(Array.isArray(content) && { content }) });
}

function send({ socket, turn, noise }: Peer, stanza: BinaryNode): void {
  turn.begin();
  socket.send(encodeFrame(noise.seal(encodeNode(stanza))));
}

answer(calls);
