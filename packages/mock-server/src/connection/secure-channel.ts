import type { Passage } from "../passages/passage.ts";
import type { Frame } from "../passages/passages.ts";
import { FrameDecoder, encodeFrame } from "../wire/frame.ts";
import type { NoiseHandshakeResult, NoiseResponder } from "../wire/noise/responder.ts";
import type { NoisePattern } from "../wire/noise/symmetric-state.ts";
import type { NoiseTransport } from "../wire/noise/transport.ts";
import type { Connection } from "./connection.ts";

export interface SecureChannelParts {
  readonly connection: Connection;
  readonly responder: NoiseResponder;
  readonly maxFrameBytes: number;
  readonly frameOut: Passage<Frame>;
  /** Puts bytes on the socket. */
  readonly send: (bytes: Buffer) => void;
  /** A frame of the handshake came or goes; `bytes` is its length on the wire. */
  readonly onHandshakeFrame: (direction: "in" | "out", bytes: number) => void;
}

/** What stands in front of every frame. */
const LENGTH_BYTES = 3;

/** Noise between bytes on the socket and encoded stanzas: the handshake first, then a cipher each way. */
export class SecureChannel {
  readonly #parts: SecureChannelParts;
  readonly #decoder: FrameDecoder;
  #transport: NoiseTransport | undefined;
  /** Only until the handshake is done: its keys are not kept for the life of a connection. */
  #responder: NoiseResponder | undefined;
  #pattern: NoisePattern | undefined;
  #helloRead = false;

  constructor(parts: SecureChannelParts) {
    this.#parts = parts;
    this.#responder = parts.responder;
    this.#decoder = new FrameDecoder(parts.maxFrameBytes);
  }

  /** The handshake is done. */
  get established(): boolean {
    return this.#transport !== undefined;
  }

  get pattern(): NoisePattern | undefined {
    return this.#pattern;
  }

  get routingInfo(): Buffer | undefined {
    return this.#decoder.routingInfo;
  }

  /**
   * What the bytes complete, one by one: the end of the handshake, then encoded stanzas. Answers the handshake by
   * itself. Throws a `WireError`, after which the stream is lost.
   */
  *open(bytes: Uint8Array): Generator<NoiseHandshakeResult | Buffer, void> {
    for (const frame of this.#decoder.push(bytes)) {
      if (this.#transport !== undefined) {
        yield this.#transport.open(frame);
        continue;
      }
      const result = this.#readHandshake(frame);
      if (result !== undefined) yield result;
    }
  }

  /** Encrypts and sends an encoded stanza. */
  seal(plaintext: Uint8Array): void {
    if (this.#transport === undefined) return;
    this.#sendFrame(encodeFrame(this.#transport.seal(plaintext)), false);
  }

  #readHandshake(frame: Buffer): NoiseHandshakeResult | undefined {
    const responder = this.#responder;
    if (responder === undefined) return undefined;
    const { onHandshakeFrame } = this.#parts;
    onHandshakeFrame("in", frame.length + LENGTH_BYTES);
    if (this.#helloRead) return this.#establish(responder.readClientFinish(frame));
    this.#helloRead = true;
    const answer = responder.readClientHello(frame);
    onHandshakeFrame("out", answer.frame.length + LENGTH_BYTES);
    this.#sendFrame(encodeFrame(answer.frame), true);
    return answer.result && this.#establish(answer.result);
  }

  #establish(result: NoiseHandshakeResult): NoiseHandshakeResult {
    this.#responder = undefined;
    this.#transport = result.transport;
    this.#pattern = result.pattern;
    return result;
  }

  #sendFrame(bytes: Buffer, handshake: boolean): void {
    const { frameOut, connection, send } = this.#parts;
    if (frameOut.free) return send(bytes);
    frameOut.enter({ connection, bytes, handshake }, (frame) => send(frame.bytes));
  }
}
