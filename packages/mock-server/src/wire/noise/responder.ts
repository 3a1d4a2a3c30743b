import { proto } from "../baileys.ts";
import { type KeyPair, agree } from "../curve.ts";
import { WireError } from "../errors.ts";
import { NOISE_PROLOGUE } from "../frame.ts";
import { type NoisePattern, SymmetricState } from "./symmetric-state.ts";
import { NoiseTransport } from "./transport.ts";

export interface NoiseResponderKeys {
  /** Stays the same for the life of the server: some clients remember it. */
  readonly staticKey: KeyPair;
  /** New for every connection. */
  readonly ephemeralKey: KeyPair;
  /** An encoded `CertChain` that vouches for the static key. */
  readonly certificateChain: Uint8Array;
}

export interface NoiseResponderOptions {
  /** Answer a client that asks for IK as one whose memory of the static key is out of date. @defaultValue `false` */
  readonly refuseIk?: boolean;
}

/** What the client proved and asked for. */
export interface NoiseHandshakeResult {
  readonly pattern: NoisePattern;
  readonly clientStaticKey: Buffer;
  /** An encoded `ClientPayload`. */
  readonly payload: Buffer;
  readonly transport: NoiseTransport;
}

/** The answer to a `ClientHello`. With Noise IK it is the last word, and there is a result already. */
export interface ServerHello {
  readonly frame: Buffer;
  readonly result?: NoiseHandshakeResult;
}

/** The fields of a `ClientHello`, which for IK has all three. */
interface ClientHello {
  readonly ephemeral: Buffer;
  readonly static: Uint8Array | undefined;
  readonly payload: Uint8Array | undefined;
}

/**
 * The server's side of Noise.
 *
 * Baileys speaks XX: `ClientHello` in, `ServerHello` out, `ClientFinish` in. whatsapp-rust asks for IK once it has
 * seen the static key: its hello carries everything, and a `ServerHello` without a static key accepts. One with a
 * static key refuses (the client may remember an old one), and both go on as in XX, under the name XXfallback.
 */
export class NoiseResponder {
  readonly #keys: NoiseResponderKeys;
  readonly #refuseIk: boolean;
  #pattern: NoisePattern = "XX";
  #state = new SymmetricState("XX");

  constructor(keys: NoiseResponderKeys, { refuseIk = false }: NoiseResponderOptions = {}) {
    this.#keys = keys;
    this.#refuseIk = refuseIk;
  }

  readClientHello(frame: Uint8Array): ServerHello {
    return attempt("ClientHello", () => {
      const { clientHello } = proto.HandshakeMessage.decode(frame);
      const hello: ClientHello = {
        ephemeral: key(clientHello?.ephemeral),
        static: present(clientHello?.static),
        payload: present(clientHello?.payload),
      };
      if (hello.static === undefined) return this.#answerXx("XX", hello);
      return this.#answerIk(hello) ?? this.#answerXx("XXfallback", hello);
    });
  }

  readClientFinish(frame: Uint8Array): NoiseHandshakeResult {
    return attempt("ClientFinish", () => {
      const { clientFinish } = proto.HandshakeMessage.decode(frame);
      if (!clientFinish?.static || !clientFinish.payload) throw new Error("Fields are missing");
      const clientStaticKey = key(this.#state.open(clientFinish.static));
      this.#state.mixKey(agree(this.#keys.ephemeralKey, clientStaticKey));
      const payload = this.#state.open(clientFinish.payload);
      return this.#result(clientStaticKey, payload);
    });
  }

  #answerXx(pattern: NoisePattern, hello: ClientHello): ServerHello {
    const { staticKey, ephemeralKey, certificateChain } = this.#keys;
    const state = this.#begin(pattern);
    state.mixHash(hello.ephemeral);
    state.mixHash(ephemeralKey.public);
    state.mixKey(agree(ephemeralKey, hello.ephemeral));
    const sealedStatic = state.seal(staticKey.public);
    state.mixKey(agree(staticKey, hello.ephemeral));
    const payload = state.seal(certificateChain);
    return {
      frame: serverHello({ static: sealedStatic, ephemeral: ephemeralKey.public, payload }),
    };
  }

  /** `undefined` when the client does not get what it asked for. */
  #answerIk(hello: ClientHello): ServerHello | undefined {
    const { staticKey, ephemeralKey, certificateChain } = this.#keys;
    if (this.#refuseIk || !hello.static || !hello.payload) return undefined;
    const state = this.#begin("IK");
    state.mixHash(staticKey.public);
    state.mixHash(hello.ephemeral);
    state.mixKey(agree(staticKey, hello.ephemeral));
    const opened = openIk(state, staticKey, { static: hello.static, payload: hello.payload });
    if (opened === undefined) return undefined;
    state.mixHash(ephemeralKey.public);
    state.mixKey(agree(ephemeralKey, hello.ephemeral));
    state.mixKey(agree(ephemeralKey, opened.clientStaticKey));
    const payload = state.seal(certificateChain);
    return {
      frame: serverHello({ ephemeral: ephemeralKey.public, payload }),
      result: this.#result(opened.clientStaticKey, opened.payload),
    };
  }

  #begin(pattern: NoisePattern): SymmetricState {
    this.#pattern = pattern;
    this.#state = new SymmetricState(pattern);
    this.#state.mixHash(NOISE_PROLOGUE);
    return this.#state;
  }

  #result(clientStaticKey: Buffer, payload: Buffer): NoiseHandshakeResult {
    const [receive, send] = this.#state.split();
    const transport = new NoiseTransport({ send, receive });
    return { pattern: this.#pattern, clientStaticKey, payload, transport };
  }
}

/** A client that remembers another static key sealed its own for that one: nothing opens. */
function openIk(
  state: SymmetricState,
  staticKey: KeyPair,
  sealed: { readonly static: Uint8Array; readonly payload: Uint8Array },
): { readonly clientStaticKey: Buffer; readonly payload: Buffer } | undefined {
  try {
    const clientStaticKey = key(state.open(sealed.static));
    state.mixKey(agree(staticKey, clientStaticKey));
    return { clientStaticKey, payload: state.open(sealed.payload) };
  } catch {
    return undefined;
  }
}

function serverHello(hello: proto.HandshakeMessage.IServerHello): Buffer {
  return Buffer.from(proto.HandshakeMessage.encode({ serverHello: hello }).finish());
}

function present(bytes: Uint8Array | null | undefined): Uint8Array | undefined {
  return bytes?.length ? bytes : undefined;
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
