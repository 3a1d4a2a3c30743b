import { WireError } from "./errors.ts";

/** "WA", protocol 6, token dictionary 3. Opens the stream and is mixed into the Noise handshake. */
export const NOISE_PROLOGUE: Buffer = Buffer.from([0x57, 0x41, 6, 3]);

const ROUTING_PROLOGUE = Buffer.from([0x45, 0x44, 0, 1]);
const LENGTH_BYTES = 3;
const MAX_ROUTING_BYTES = 4096;

/** One frame: its length in three bytes, then the payload. */
export function encodeFrame(payload: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + payload.length);
  frame.writeUIntBE(payload.length, 0, LENGTH_BYTES);
  frame.set(payload, LENGTH_BYTES);
  return frame;
}

type Awaiting = "prologue" | "routing-length" | "routing" | "frame-length" | "frame";

/**
 * Cuts the client's byte stream into frames, however it was split on the way.
 *
 * The stream opens with an optional routing prefix (`ED 0 1`, three-byte length, bytes), then the prologue.
 */
export class FrameDecoder {
  readonly #maxFrameBytes: number;
  #awaiting: Awaiting = "prologue";
  #need: number = NOISE_PROLOGUE.length;
  #chunks: Buffer[] = [];
  #buffered = 0;
  #routingInfo: Buffer | undefined;

  /** @param maxFrameBytes The largest frame the client may send */
  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** What the client sent in the routing prefix. */
  get routingInfo(): Buffer | undefined {
    return this.#routingInfo;
  }

  /** Takes bytes and returns the payloads they complete. Throws a `WireError`, after which the stream is lost. */
  push(chunk: Uint8Array): Buffer[] {
    this.#chunks.push(Buffer.from(chunk));
    this.#buffered += chunk.length;
    const frames: Buffer[] = [];
    while (this.#buffered >= this.#need) {
      const part = this.#take(this.#need);
      if (this.#awaiting === "frame") frames.push(part);
      this.#advance(part);
    }
    return frames;
  }

  #advance(part: Buffer): void {
    switch (this.#awaiting) {
      case "prologue":
        return this.#onPrologue(part);
      case "routing-length":
        return this.#expect(
          "routing",
          bounded(part.readUIntBE(0, LENGTH_BYTES), MAX_ROUTING_BYTES),
        );
      case "routing":
        this.#routingInfo = part;
        return this.#expect("prologue", NOISE_PROLOGUE.length);
      case "frame-length":
        return this.#expect(
          "frame",
          bounded(part.readUIntBE(0, LENGTH_BYTES), this.#maxFrameBytes),
        );
      case "frame":
        return this.#expect("frame-length", LENGTH_BYTES);
    }
  }

  #onPrologue(part: Buffer): void {
    if (part.equals(NOISE_PROLOGUE)) return this.#expect("frame-length", LENGTH_BYTES);
    if (part.equals(ROUTING_PROLOGUE) && this.#routingInfo === undefined) {
      return this.#expect("routing-length", LENGTH_BYTES);
    }
    throw new WireError("WIRE_BAD_FRAME", "The stream does not open with the WhatsApp prologue");
  }

  #expect(what: Awaiting, bytes: number): void {
    this.#awaiting = what;
    this.#need = bytes;
  }

  #take(length: number): Buffer {
    const all = this.#chunks.length === 1 ? this.#chunks[0] : undefined;
    const joined = all ?? Buffer.concat(this.#chunks);
    const rest = joined.subarray(length);
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#buffered = rest.length;
    return joined.subarray(0, length);
  }
}

function bounded(length: number, max: number): number {
  if (length <= max) return length;
  throw new WireError(
    "WIRE_FRAME_TOO_LARGE",
    `A frame of ${length} bytes is over the limit of ${max}`,
  );
}
