import { EventEmitter } from "node:events";
import { silentLogger } from "@motte/core/logger";
import { type BinaryNode, makeEventBuffer } from "@whiskeysockets/baileys";
import type { SupervisedCreds, SupervisedSocket } from "@motte/reconnect";

/**
 * A socket that ends as Baileys' does (socket.js end()), with Baileys' own event buffer, but without a network:
 * how long its close takes is up to the test.
 */
export class FakeSocket implements SupervisedSocket {
  readonly ev: ReturnType<typeof makeEventBuffer> = makeEventBuffer(silentLogger);
  readonly ws: FakeTransport = new FakeTransport();
  readonly authState: { creds: SupervisedCreds } = { creds: {} };
  /** Whether its connection still exists. */
  alive = true;
  /** What was sent, pings and queries. */
  readonly sent: BinaryNode[] = [];
  /** Answers a query; without it none is ever answered. */
  answer: (node: BinaryNode) => Promise<unknown> = () => new Promise(() => {});
  /** How often a pairing code was asked for. */
  codesAsked = 0;
  #upgraded = false;
  #ended = false;
  readonly #closing: () => Promise<unknown>;
  #cut: () => void = () => {};
  readonly #wasCut: Promise<void>;

  /** `closing` settles when the peer has answered the close. */
  constructor(closing: () => Promise<unknown>) {
    this.#closing = closing;
    this.#wasCut = new Promise((resolve) => {
      this.#cut = resolve;
    });
    this.ws.on("message", () => {});
    process.nextTick(() => this.ev.emit("connection.update", { connection: "connecting" }));
  }

  upgrade(): void {
    this.#upgraded = true;
    this.ws.emit("upgrade", { socket: { destroy: () => this.#cut() } });
  }

  async end(error: Error | undefined): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    for (const event of ["close", "open", "message"]) this.ws.removeAllListeners(event);
    // ws aborts a handshake at once, and waits for the peer only once there is one.
    if (this.#upgraded) await this.#closed();
    this.alive = false;
    this.ws.isClosed = true;
    this.ev.emit("connection.update", {
      connection: "close",
      lastDisconnect: { error, date: new Date(0) },
    });
    this.ev.removeAllListeners("connection.update");
    this.ev.destroy();
  }

  generateMessageTag(): string {
    return `tag-${this.sent.length}`;
  }

  async sendNode(node: BinaryNode): Promise<void> {
    this.sent.push(node);
  }

  query(node: BinaryNode): Promise<unknown> {
    this.sent.push(node);
    return this.answer(node);
  }

  // Baileys socket.js: the identity is set before anything is paired.
  async requestPairingCode(phoneNumber: string, customCode = "ABCD1234"): Promise<string> {
    this.codesAsked++;
    Object.assign(this.authState.creds, { me: { id: `${phoneNumber}@s.whatsapp.net` } });
    this.ev.emit("creds.update", {});
    return customCode;
  }

  #closed(): Promise<unknown> {
    return Promise.race([this.#closing(), this.#wasCut]);
  }
}

class FakeTransport extends EventEmitter {
  isClosed = false;
  readonly isClosing: boolean = false;

  /** Listeners that someone else than the socket itself has left behind. */
  get leftBehind(): number {
    return this.eventNames()
      .filter((event) => event !== "message")
      .reduce((count, event) => count + this.listenerCount(event), 0);
  }
}
