import type { Logger } from "@motte/core/logger";
import type { WebSocket } from "ws";
import type { Journal } from "./journal.ts";
import { MockServerError } from "./errors.ts";
import { streamError } from "./replies.ts";
import { type BinaryNode, attr } from "./wire/binary-node.ts";
import { WireError } from "./wire/errors.ts";
import { FrameDecoder, encodeFrame } from "./wire/frame.ts";
import { decodeNode, encodeNode } from "./wire/node-codec.ts";
import {
  type NoiseHandshakeResult,
  NoiseResponder,
  type NoiseResponderKeys,
} from "./wire/noise/responder.ts";
import type { NoiseTransport } from "./wire/noise/transport.ts";

/** Where a connection stands: before Noise is done, waiting to be paired, logged in, or gone. */
export type ConnectionState = "handshake" | "pairing" | "open" | "closed";

/** What is to be done about a stanza, and what the journal says of it. */
export interface Routed {
  readonly note?: string;
  run(): void | Promise<void>;
}

/** What a connection does with what arrives. */
export interface ConnectionListener {
  onHandshake(result: NoiseHandshakeResult): void | Promise<void>;
  route(stanza: BinaryNode): Routed;
  onClosed(): void;
}

export interface ConnectionParts {
  readonly id: string;
  readonly socket: WebSocket;
  readonly journal: Journal;
  readonly logger: Logger;
  readonly noise: NoiseResponderKeys;
}

const CLOSE_PROTOCOL_ERROR = 1002;
const CLOSE_TOO_LARGE = 1009;
const CLOSE_SERVER_ERROR = 1011;

/**
 * One WebSocket: bytes to frames, Noise, frames to stanzas, and back.
 *
 * Stanzas are handled one at a time, in order. Bytes that make no sense end this connection and nothing else.
 */
export class Connection {
  readonly id: string;
  state: ConnectionState = "handshake";
  readonly #socket: WebSocket;
  readonly #journal: Journal;
  readonly #logger: Logger;
  readonly #decoder = new FrameDecoder();
  readonly #responder: NoiseResponder;
  readonly #replies = new Map<string, PromiseWithHandlers<BinaryNode>>();
  #transport: NoiseTransport | undefined;
  #helloRead = false;
  #listener: ConnectionListener | undefined;
  #work: Promise<void> = Promise.resolve();

  constructor(parts: ConnectionParts) {
    this.id = parts.id;
    this.#socket = parts.socket;
    this.#journal = parts.journal;
    this.#logger = parts.logger;
    this.#responder = new NoiseResponder(parts.noise);
  }

  /** Starts to read. */
  listen(listener: ConnectionListener): void {
    this.#listener = listener;
    this.#socket.on("message", (data: Buffer) => {
      this.#work = this.#work.then(() => this.#receive(data)).catch((error) => this.#fail(error));
    });
    // An oversized message or a lost socket: "close" follows, and that is where it is dealt with.
    this.#socket.on("error", (error) => this.#logger.debug({ err: error }, "socket error"));
    this.#socket.on("close", () => this.#onClosed());
  }

  /** Sends a stanza. Does nothing once the connection is closed or about to be. */
  send(stanza: BinaryNode): void {
    if (this.state === "closed" || this.#transport === undefined) return;
    const plaintext = encodeNode(stanza);
    this.#journal.record("out", this.id, stanza);
    this.#socket.send(encodeFrame(this.#transport.seal(plaintext)));
  }

  /** Sends a request and resolves with the client's `result` or `error`. Rejects when the connection ends first. */
  request(iq: BinaryNode): Promise<BinaryNode> {
    return new Promise((resolve, reject) => {
      if (this.state === "closed") return reject(connectionEnded());
      this.#replies.set(attr(iq, "id") ?? "", { resolve, reject });
      this.send(iq);
    });
  }

  /** Says goodbye and reads nothing more. */
  close(code?: number): void {
    this.#socket.close(code);
    this.#onClosed();
  }

  /** Ends the TCP connection without a goodbye, as a lost network does. */
  cut(): void {
    this.#socket.terminate();
    this.#onClosed();
  }

  /** Sends a stream error and closes. */
  streamError(code?: string, child?: BinaryNode): void {
    this.send(streamError(code, child));
    this.close();
  }

  async #receive(data: Uint8Array): Promise<void> {
    for (const frame of this.#decoder.push(data)) {
      if (this.state === "closed") return;
      if (this.#transport === undefined) await this.#onHandshakeFrame(frame);
      else await this.#onStanza(await decodeNode(this.#transport.open(frame)));
    }
  }

  async #onHandshakeFrame(frame: Buffer): Promise<void> {
    if (!this.#helloRead) {
      this.#helloRead = true;
      this.#socket.send(encodeFrame(this.#responder.readClientHello(frame)));
      return;
    }
    const result = this.#responder.readClientFinish(frame);
    this.#transport = result.transport;
    await this.#listener?.onHandshake(result);
  }

  async #onStanza(stanza: BinaryNode): Promise<void> {
    const id = attr(stanza, "id") ?? "";
    const type = attr(stanza, "type");
    const reply = this.#replies.get(id);
    if (stanza.tag === "iq" && (type === "result" || type === "error")) {
      this.#journal.record("in", this.id, stanza);
      this.#replies.delete(id);
      reply?.resolve(stanza);
      return;
    }
    const routed = this.#listener?.route(stanza);
    this.#journal.record("in", this.id, stanza, routed?.note);
    await routed?.run();
  }

  #fail(error: unknown): void {
    if (this.state === "closed") return;
    const code = error instanceof WireError ? error.code : "SERVER_ERROR";
    this.#journal.record("in", this.id, { tag: "(unreadable)", attrs: {} }, code);
    if (error instanceof WireError) {
      this.close(code === "WIRE_FRAME_TOO_LARGE" ? CLOSE_TOO_LARGE : CLOSE_PROTOCOL_ERROR);
    } else {
      this.#logger.error({ err: error }, "a stanza handler failed");
      this.close(CLOSE_SERVER_ERROR);
    }
  }

  #onClosed(): void {
    if (this.state === "closed") return;
    this.state = "closed";
    for (const reply of this.#replies.values()) reply.reject(connectionEnded());
    this.#replies.clear();
    this.#listener?.onClosed();
  }
}

interface PromiseWithHandlers<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

function connectionEnded(): MockServerError {
  return new MockServerError(
    "MOCK_CONNECTION_ENDED",
    "The connection ended before the client answered",
  );
}
