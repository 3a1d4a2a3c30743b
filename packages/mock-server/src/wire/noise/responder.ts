import { proto } from "../baileys.ts";
import { type KeyPair, agree } from "../curve.ts";
import { WireError } from "../errors.ts";
import { NOISE_PROLOGUE } from "../frame.ts";
import { SymmetricState } from "./symmetric-state.ts";
import { NoiseTransport } from "./transport.ts";

export interface NoiseResponderKeys {
  /** Stays the same for the life of the server: some clients remember it. */
  readonly staticKey: KeyPair;
  /** New for every connection. */
  readonly ephemeralKey: KeyPair;
  /** An encoded `CertChain` that vouches for the static key. */
  readonly certificateChain: Uint8Array;
}

/** What the client proved and asked for in the last handshake message. */
export interface NoiseHandshakeResult {
  readonly clientStaticKey: Buffer;
  /** An encoded `ClientPayload`. */
  readonly payload: Buffer;
  readonly transport: NoiseTransport;
}

/** The server's side of Noise XX: `ClientHello` in, `ServerHello` out, `ClientFinish` in. */
export class NoiseResponder {
  readonly #keys: NoiseResponderKeys;
  readonly #state = new SymmetricState();

  constructor(keys: NoiseResponderKeys) {
    this.#keys = keys;
    this.#state.mixHash(NOISE_PROLOGUE);
  }

  /** Returns the `ServerHello` to send. */
  readClientHello(frame: Uint8Array): Buffer {
    return attempt("ClientHello", () => {
      const { clientHello } = proto.HandshakeMessage.decode(frame);
      // Noise IK puts the client's static key here; only XX is spoken, as Baileys does.
      if (clientHello?.static?.length) throw new Error("The client asks for Noise IK");
      const clientEphemeral = key(clientHello?.ephemeral);
      const { staticKey, ephemeralKey, certificateChain } = this.#keys;
      this.#state.mixHash(clientEphemeral);
      this.#state.mixHash(ephemeralKey.public);
      this.#state.mixKey(agree(ephemeralKey, clientEphemeral));
      const sealedStatic = this.#state.seal(staticKey.public);
      this.#state.mixKey(agree(staticKey, clientEphemeral));
      const payload = this.#state.seal(certificateChain);
      const serverHello = { ephemeral: ephemeralKey.public, static: sealedStatic, payload };
      return Buffer.from(proto.HandshakeMessage.encode({ serverHello }).finish());
    });
  }

  readClientFinish(frame: Uint8Array): NoiseHandshakeResult {
    return attempt("ClientFinish", () => {
      const { clientFinish } = proto.HandshakeMessage.decode(frame);
      if (!clientFinish?.static || !clientFinish.payload) throw new Error("Fields are missing");
      const clientStaticKey = key(this.#state.open(clientFinish.static));
      this.#state.mixKey(agree(this.#keys.ephemeralKey, clientStaticKey));
      const payload = this.#state.open(clientFinish.payload);
      const [receive, send] = this.#state.split();
      return { clientStaticKey, payload, transport: new NoiseTransport({ send, receive }) };
    });
  }
}

function key(bytes: Uint8Array | null | undefined): Buffer {
  if (bytes?.length !== 32) throw new Error("A public key has 32 bytes");
  return Buffer.from(bytes);
}

function attempt<T>(message: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new WireError("WIRE_NOISE_FAILED", `The ${message} of the Noise handshake is not valid`, {
      cause: error,
    });
  }
}
