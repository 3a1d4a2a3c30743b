import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from "node:crypto";
import { proto } from "@whiskeysockets/baileys";
import { type KeyPair, agree, keyPairFromBytes } from "../../src/wire/curve.ts";

const PROLOGUE = Buffer.from("WA\u0006\u0003");

/** The keys of a finished handshake, each with its own counter. */
export interface Sealed {
  seal(plaintext: Uint8Array): Buffer;
  open(ciphertext: Uint8Array): Buffer;
}

export interface InitiatorOptions {
  readonly staticKey: KeyPair;
  /** An encoded `ClientPayload`. */
  readonly payload: Uint8Array;
  /** What an earlier handshake taught: asks for IK. */
  readonly serverStatic?: Uint8Array;
}

/**
 * A client's side of Noise, written from the specification alone, without any of the server's code but the curve:
 * XX, IK when it knows the server's static key, and XXfallback when the server answers that with its static key.
 */
export class NoiseInitiator {
  readonly #options: InitiatorOptions;
  readonly #ephemeral = keyPairFromBytes(randomBytes(32));
  #hash: Buffer = Buffer.alloc(0);
  #salt: Buffer = Buffer.alloc(0);
  #key: Buffer = Buffer.alloc(0);
  #nonce = 0;
  /** The server's static key, once it is known. */
  serverStatic: Buffer | undefined;
  /** What vouches for it. */
  certificateChain: Buffer | undefined;

  constructor(options: InitiatorOptions) {
    this.#options = options;
  }

  hello(): Buffer {
    const { serverStatic, staticKey, payload } = this.#options;
    const ephemeral = this.#ephemeral.public;
    if (serverStatic === undefined) {
      this.#start("XX");
      this.#mixHash(ephemeral);
      return message({ clientHello: { ephemeral } });
    }
    this.#start("IK");
    this.#mixHash(serverStatic);
    this.#mixHash(ephemeral);
    this.#mixKey(agree(this.#ephemeral, serverStatic));
    const sealedStatic = this.#seal(staticKey.public);
    this.#mixKey(agree(staticKey, serverStatic));
    const clientHello = { ephemeral, static: sealedStatic, payload: this.#seal(payload) };
    return message({ clientHello });
  }

  /** Reads the answer. `finish` is what the client has to send before the transport may be used. */
  answer(frame: Uint8Array): { readonly finish?: Buffer; readonly transport: Sealed } {
    const { serverHello } = proto.HandshakeMessage.decode(frame);
    const server = Buffer.from(serverHello?.ephemeral ?? []);
    const sealedChain = serverHello?.payload ?? Buffer.alloc(0);
    if (!serverHello?.static?.length) {
      this.#mixHash(server);
      this.#mixKey(agree(this.#ephemeral, server));
      this.#mixKey(agree(this.#options.staticKey, server));
      this.certificateChain = this.#open(sealedChain);
      return { transport: this.#split() };
    }
    if (this.#options.serverStatic !== undefined) {
      this.#start("XXfallback");
      this.#mixHash(this.#ephemeral.public);
    }
    this.#mixHash(server);
    this.#mixKey(agree(this.#ephemeral, server));
    this.serverStatic = this.#open(serverHello.static);
    this.#mixKey(agree(this.#ephemeral, this.serverStatic));
    this.certificateChain = this.#open(sealedChain);
    const sealedStatic = this.#seal(this.#options.staticKey.public);
    this.#mixKey(agree(this.#options.staticKey, server));
    const clientFinish = { static: sealedStatic, payload: this.#seal(this.#options.payload) };
    return { finish: message({ clientFinish }), transport: this.#split() };
  }

  #start(pattern: string): void {
    const name = Buffer.from(`Noise_${pattern}_25519_AESGCM_SHA256`);
    const start = name.length > 32 ? sha256(name) : Buffer.concat([name, Buffer.alloc(32)], 32);
    [this.#hash, this.#salt, this.#key, this.#nonce] = [start, start, start, 0];
    this.#mixHash(PROLOGUE);
  }

  #mixHash(data: Uint8Array): void {
    this.#hash = sha256(Buffer.concat([this.#hash, data]));
  }

  #mixKey(secret: Uint8Array): void {
    [this.#salt, this.#key] = this.#expand(secret);
    this.#nonce = 0;
  }

  #seal(plaintext: Uint8Array): Buffer {
    const sealed = seal(this.#key, this.#nonce++, plaintext, this.#hash);
    this.#mixHash(sealed);
    return sealed;
  }

  #open(ciphertext: Uint8Array): Buffer {
    const plaintext = open(this.#key, this.#nonce++, ciphertext, this.#hash);
    this.#mixHash(ciphertext);
    return plaintext;
  }

  #split(): Sealed {
    const [sending, receiving] = this.#expand(Buffer.alloc(0));
    let sent = 0;
    let received = 0;
    return {
      seal: (plaintext) => seal(sending, sent++, plaintext, Buffer.alloc(0)),
      open: (ciphertext) => open(receiving, received++, ciphertext, Buffer.alloc(0)),
    };
  }

  #expand(secret: Uint8Array): [Buffer, Buffer] {
    const output = Buffer.from(hkdfSync("sha256", secret, this.#salt, Buffer.alloc(0), 64));
    return [output.subarray(0, 32), output.subarray(32)];
  }
}

function message(content: proto.IHandshakeMessage): Buffer {
  return Buffer.from(proto.HandshakeMessage.encode(content).finish());
}

function sha256(data: Uint8Array): Buffer {
  return createHash("sha256").update(data).digest();
}

function nonce(counter: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32BE(counter, 8);
  return bytes;
}

function seal(key: Buffer, counter: number, plaintext: Uint8Array, associated: Buffer): Buffer {
  const cipher = createCipheriv("aes-256-gcm", key, nonce(counter)).setAAD(associated);
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function open(key: Buffer, counter: number, sealed: Uint8Array, associated: Buffer): Buffer {
  const end = sealed.length - 16;
  const decipher = createDecipheriv("aes-256-gcm", key, nonce(counter))
    .setAAD(associated)
    .setAuthTag(sealed.subarray(end));
  return Buffer.concat([decipher.update(sealed.subarray(0, end)), decipher.final()]);
}
