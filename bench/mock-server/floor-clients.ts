// Two clients that exchange the stanzas of a message without being able to do anything else.
import { once } from "node:events";
import { setImmediate } from "node:timers/promises";
import type { BinaryNode } from "@whiskeysockets/baileys";
import { WebSocket } from "../../packages/mock-server/test/support/web-sockets.ts";
import {
  FrameDecoder,
  NOISE_PROLOGUE,
  encodeFrame,
} from "../../packages/mock-server/src/wire/frame.ts";
import { decodeNode, encodeNode } from "../../packages/mock-server/src/wire/node-codec.ts";
import { NoiseTransport } from "../../packages/mock-server/src/wire/noise/transport.ts";
import { answer } from "./program.ts";

const BOUNDS = { maxNodes: 10_000, maxNodeDepth: 20, maxInflatedBytes: 2 ** 20 };

class Client {
  onStanza: (stanza: BinaryNode) => void = () => {};
  readonly #socket: WebSocket;
  readonly #noise = new NoiseTransport({ send: Buffer.alloc(32), receive: Buffer.alloc(32) });

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    const decoder = new FrameDecoder(2 ** 20);
    decoder.push(NOISE_PROLOGUE);
    socket.on("message", (data: Buffer) => {
      for (const frame of decoder.push(data)) {
        this.onStanza(decodeNode(this.#noise.open(frame), BOUNDS));
      }
    });
  }

  static async connect(url: string): Promise<Client> {
    const socket = new WebSocket(url);
    await once(socket, "open");
    socket.send(NOISE_PROLOGUE);
    return new Client(socket);
  }

  send(stanza: BinaryNode): void {
    this.#socket.send(encodeFrame(this.#noise.seal(encodeNode(stanza))));
  }
}

let sender: Client | undefined;
let onConfirmed = (): void => {};
let sent = 0;

const calls = {
  async connect(url: string): Promise<void> {
    const [writes, reads] = [await Client.connect(url), await Client.connect(url)];
    reads.onStanza = ({ tag, attrs }) => {
      if (tag === "message") reads.send({ tag: "receipt", attrs });
      if (tag === "notification") reads.send({ tag: "ack", attrs });
    };
    writes.onStanza = ({ tag, attrs }) => {
      if (tag !== "receipt") return;
      writes.send({ tag: "ack", attrs });
      onConfirmed();
    };
    sender = writes;
  },

  /** One message after the other, each once the one before it is confirmed. */
  async send(count: number): Promise<void> {
    for (const last = sent + count; sent < last; sent++) {
      const confirmed = new Promise<void>((resolve) => {
        onConfirmed = resolve;
      });
      const id = `3EB0${String(sent).padStart(18, "0")}`;
      const attrs = { id, to: "15550001234@s.whatsapp.net", type: "text" };
      sender?.send({ tag: "message", attrs, content: [participants()] });
      // Baileys issues the token once the message is away.
      await setImmediate();
      sender?.send({ tag: "iq", attrs: { ...attrs, xmlns: "privacy" }, content: [tokens()] });
      await confirmed;
    }
  },
};

export type FloorClientCalls = typeof calls;

/** A copy for the own phone, the other person's phone, and the other person's client. */
function participants(): BinaryNode {
  const jids = ["15550001111@s.whatsapp.net", "15550001234@s.whatsapp.net", "15550001234:1@lid"];
  const content = jids.map((jid) => ({
    tag: "to",
    attrs: { jid },
    content: [{ tag: "enc", attrs: { v: "2", type: "pkmsg" }, content: Buffer.alloc(250, 7) }],
  }));
  return { tag: "participants", attrs: {}, content };
}

function tokens(): BinaryNode {
  const token = { tag: "token", attrs: { jid: "15550001234@lid", t: "1760000000" } };
  return { tag: "tokens", attrs: {}, content: [token] };
}

answer(calls);
