import { WireError } from "../errors.ts";
import { openGcm, sealGcm } from "./symmetric-state.ts";

/** The cipher pair after the handshake. Frames must be sealed and opened in order: each has its own counter. */
export class NoiseTransport {
  readonly #sendKey: Buffer;
  readonly #receiveKey: Buffer;
  #sent = 0;
  #received = 0;

  constructor(keys: { readonly send: Buffer; readonly receive: Buffer }) {
    this.#sendKey = keys.send;
    this.#receiveKey = keys.receive;
  }

  seal(plaintext: Uint8Array): Buffer {
    return sealGcm(this.#sendKey, this.#sent++, plaintext);
  }

  open(ciphertext: Uint8Array): Buffer {
    try {
      return openGcm(this.#receiveKey, this.#received++, ciphertext);
    } catch (error) {
      throw new WireError("WIRE_NOISE_FAILED", "A frame does not decrypt with the transport key", {
        cause: error,
      });
    }
  }
}
