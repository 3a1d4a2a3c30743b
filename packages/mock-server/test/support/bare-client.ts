import { once } from "node:events";
import type { Socket } from "node:net";
import {
  type AuthenticationCreds,
  type BinaryNode,
  DEFAULT_CONNECTION_CONFIG,
  decodeBinaryNode,
  encodeBinaryNode,
  generateLoginNode,
  generateRegistrationNode,
  initAuthCreds,
  proto,
} from "@whiskeysockets/baileys";
import type { MockServer } from "@motte/mock-server";
import { WebSocket } from "ws";
import { keyPairFromBytes } from "../../src/wire/curve.ts";
import { NoiseInitiator, type Sealed } from "./noise-initiator.ts";

const PROLOGUE = Buffer.from("WA\u0006\u0003");

/** One frame: its length in three bytes, then the payload. */
export function frame(payload: Uint8Array): Buffer {
  const length = Buffer.alloc(3);
  length.writeUIntBE(payload.length, 0, 3);
  return Buffer.concat([length, payload]);
}

export interface BareClientOptions {
  /** Asks for IK with this key of the server's. */
  readonly serverStatic?: Uint8Array;
  /** Logs in as whom these were linked to, or registers. @defaultValue new ones */
  readonly creds?: AuthenticationCreds;
  readonly pushName?: string;
  /** For `wss://`: the authority to trust. */
  readonly ca?: string;
}

/** A client that is only a socket, Noise and the codec: it says what a test tells it to, right or wrong. */
export class BareClient implements AsyncDisposable {
  readonly socket: WebSocket;
  readonly noise: NoiseInitiator;
  readonly creds: AuthenticationCreds;
  readonly received: BinaryNode[] = [];
  /** What came over the WebSocket, message by message. */
  readonly messages: Buffer[] = [];
  #stream: Socket | undefined;
  #unread: Buffer = Buffer.alloc(0);
  #transport: Sealed | undefined;
  #closedWith: number | undefined;

  private constructor(socket: WebSocket, options: BareClientOptions) {
    this.socket = socket;
    this.creds = options.creds ?? initAuthCreds();
    this.noise = new NoiseInitiator({
      staticKey: keyPairFromBytes(this.creds.noiseKey.private),
      payload: clientPayload(this.creds, options.pushName),
      ...(options.serverStatic && { serverStatic: options.serverStatic }),
    });
    socket.once("upgrade", (response) => (this.#stream = response.socket));
    socket.on("message", (data: Buffer) => {
      this.messages.push(data);
      this.#unread = Buffer.concat([this.#unread, data]);
      socket.emit("heard");
    });
    socket.on("close", (code) => {
      this.#closedWith = code;
      socket.emit("heard");
    });
  }

  /** Opens the WebSocket and nothing more. */
  static async connect(url: string, options: BareClientOptions = {}): Promise<BareClient> {
    const { ca } = options;
    const socket = new WebSocket(url, { ...(ca !== undefined && { ca }) });
    const client = new BareClient(socket, options);
    await once(socket, "open");
    return client;
  }

  /** Opens the WebSocket and finishes the handshake. */
  static async open(server: MockServer, options: BareClientOptions = {}): Promise<BareClient> {
    const url = options.ca === undefined ? server.url : server.secureUrl;
    const client = await BareClient.connect(url, options);
    await client.shakeHands();
    return client;
  }

  /** What the WebSocket runs on: TCP, or TLS over it. */
  get stream(): Socket {
    if (this.#stream === undefined) throw new Error("The WebSocket is not open");
    return this.#stream;
  }

  async shakeHands(prefix: Uint8Array = Buffer.alloc(0)): Promise<void> {
    this.sendRaw(Buffer.concat([prefix, PROLOGUE, frame(this.noise.hello())]));
    const { finish, transport } = this.noise.answer(await this.nextFrame());
    this.#transport = transport;
    if (finish !== undefined) this.sendRaw(frame(finish));
  }

  sendRaw(data: Uint8Array): void {
    this.socket.send(data);
  }

  /** The frame that carries a stanza, sealed as the next one. */
  sealed(plaintext: Uint8Array): Buffer {
    if (this.#transport === undefined) throw new Error("Shake hands first");
    return frame(this.#transport.seal(plaintext));
  }

  /** What is in a sealed frame, opened as the next one. Throws when it is not. */
  opened(payload: Uint8Array): Buffer {
    if (this.#transport === undefined) throw new Error("Shake hands first");
    return this.#transport.open(payload);
  }

  send(stanza: BinaryNode): void {
    this.sendRaw(this.sealed(encodeBinaryNode(stanza)));
  }

  /** The next stanza with one of these tags. */
  async receive(...tags: readonly string[]): Promise<BinaryNode> {
    for (;;) {
      const stanza = await decodeBinaryNode(this.opened(await this.nextFrame()));
      this.received.push(stanza);
      if (tags.includes(stanza.tag)) return stanza;
    }
  }

  /** The code the server closed with. */
  async closed(): Promise<number> {
    if (this.#closedWith !== undefined) return this.#closedWith;
    const [code] = await once(this.socket, "close");
    return Number(code);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.terminate();
  }

  /** The payload of the next frame, in however many messages it comes. */
  async nextFrame(): Promise<Buffer> {
    const end = (): number =>
      this.#unread.length < 3 ? Number.POSITIVE_INFINITY : 3 + this.#unread.readUIntBE(0, 3);
    while (this.#unread.length < end()) {
      const ended = this.socket.readyState >= WebSocket.CLOSING;
      if (ended) throw new Error("The server hung up");
      await once(this.socket, "heard");
    }
    const payload = this.#unread.subarray(3, end());
    this.#unread = this.#unread.subarray(end());
    return payload;
  }
}

function clientPayload(creds: AuthenticationCreds, pushName: string | undefined): Uint8Array {
  const config = {
    ...DEFAULT_CONNECTION_CONFIG,
    auth: { creds, keys: { get: () => ({}), set: () => {} } },
    ...(pushName !== undefined && { pushName }),
  };
  const payload =
    creds.me === undefined
      ? generateRegistrationNode(creds, config)
      : generateLoginNode(creds.me.id, config);
  return proto.ClientPayload.encode(payload).finish();
}
