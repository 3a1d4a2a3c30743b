import { KeyedMutex } from "@motte/core/keyed-mutex";
import type { SeededRandom } from "@motte/core/random";
import { ProtocolAddress, SessionBuilder, type SignalStorage } from "libsignal";
import { type KeyPair, keyPairFromBytes, sign } from "../wire/curve.ts";
import type { Device } from "../world/device.ts";
import type { PreKeyBundle } from "../world/pre-key-bundle.ts";
import type { EncryptionKind } from "../world/primary-device.ts";
import { SenderKeys } from "./sender-keys.ts";
import { QuietSessionCipher, QuietSessionRecord, type StoredSession } from "./quiet-session.ts";

/** A device on the other end of a Signal session, by its account's LID: one session, however it is addressed. */
export interface SignalAddress {
  readonly lidUser: string;
  readonly device: number;
}

export interface Ciphertext {
  readonly kind: Exclude<EncryptionKind, "skmsg">;
  readonly bytes: Buffer;
}

type OutgoingSession = Parameters<SessionBuilder["initOutgoing"]>[0];

const SIGNED_PRE_KEY_ID = 1;

/**
 * The Signal side of one device the server owns. Its identity, signed pre-key and one-time keys follow from the
 * seed; the ratchet keys libsignal draws for each session do not.
 */
export class SignalPeer {
  readonly identity: KeyPair;
  readonly registrationId: number;
  readonly senderKeys: SenderKeys;
  readonly #seed: SeededRandom;
  readonly #signedPreKey: KeyPair;
  readonly #signature: Buffer;
  readonly #records = new Map<string, StoredSession>();
  readonly #usedPreKeys = new Set<number>();
  readonly #mutex = new KeyedMutex();
  #lastPreKeyId = 0;

  constructor(seed: SeededRandom) {
    this.#seed = seed;
    this.senderKeys = new SenderKeys(seed.fork("sender-keys"));
    this.identity = keyPairFromBytes(seed.fork("identity").bytes(32));
    this.#signedPreKey = keyPairFromBytes(seed.fork("signed-pre-key").bytes(32));
    this.#signature = sign(this.identity, typed(this.#signedPreKey.public));
    this.registrationId = 1 + Math.floor(seed.fork("registration-id").next() * 16_380);
  }

  /** A bundle with the next one-time key. Keys are made from their id when asked for, so they never run out. */
  nextBundle(): PreKeyBundle {
    const id = ++this.#lastPreKeyId;
    return {
      registrationId: this.registrationId,
      identityKey: this.identity.public,
      signedPreKey: {
        id: SIGNED_PRE_KEY_ID,
        publicKey: this.#signedPreKey.public,
        signature: this.#signature,
      },
      preKey: { id, publicKey: this.#preKey(id).public },
    };
  }

  async hasSession(address: SignalAddress): Promise<boolean> {
    return this.#load(protocolAddress(address).toString()).haveOpenSession();
  }

  /** Starts a new session, which replaces the one in use. */
  startSession(address: SignalAddress, bundle: PreKeyBundle): Promise<void> {
    return this.#exclusively(address, async (at) => {
      await new SessionBuilder(this.#storage, at).initOutgoing(outgoing(bundle));
    });
  }

  encrypt(address: SignalAddress, plaintext: Buffer): Promise<Ciphertext> {
    return this.#exclusively(address, async (at) => {
      const { type, body } = await new QuietSessionCipher(this.#storage, at).encrypt(plaintext);
      return { kind: type === 3 ? "pkmsg" : "msg", bytes: Buffer.from(body, "binary") };
    });
  }

  /** Rejects when no session reads the bytes, or they were read before. */
  decrypt(address: SignalAddress, { kind, bytes }: Ciphertext): Promise<Buffer> {
    return this.#exclusively(address, (at) => {
      if (kind === "msg") {
        return new QuietSessionCipher(this.#storage, at).decryptWhisperMessage(bytes);
      }
      return new QuietSessionCipher(this.#replacingStorage, at).decryptPreKeyWhisperMessage(bytes);
    });
  }

  #exclusively<T>(address: SignalAddress, work: (at: ProtocolAddress) => Promise<T>): Promise<T> {
    const at = protocolAddress(address);
    return this.#mutex.run(at.toString(), () => work(at));
  }

  readonly #storage: SignalStorage = {
    loadSession: async (id) => this.#load(id),
    storeSession: async (id, record) => void this.#records.set(id, record.serialize()),
    // A companion that was linked anew has a new identity, which is nothing to warn about here.
    isTrustedIdentity: () => true,
    loadPreKey: async (id) => this.#loadPreKey(Number(id)),
    removePreKey: (id) => void this.#usedPreKeys.add(id),
    loadSignedPreKey: () => asSignal(this.#signedPreKey),
    getOurRegistrationId: () => this.registrationId,
    getOurIdentity: () => asSignal(this.identity),
  };

  readonly #replacingStorage: SignalStorage = {
    ...this.#storage,
    loadSession: async (id) => {
      const record = this.#load(id);
      record.replacing = true;
      return record;
    },
  };

  #load(id: string): QuietSessionRecord {
    const stored = this.#records.get(id);
    if (stored === undefined) return new QuietSessionRecord();
    return QuietSessionRecord.restore(stored);
  }

  #loadPreKey(id: number): ReturnType<typeof asSignal> | undefined {
    const known = id >= 1 && id <= this.#lastPreKeyId && !this.#usedPreKeys.has(id);
    return known ? asSignal(this.#preKey(id)) : undefined;
  }

  #preKey(id: number): KeyPair {
    return keyPairFromBytes(this.#seed.fork(`pre-key ${id}`).bytes(32));
  }
}

/** Where the Signal session with a device is kept. */
export function addressOf({ account, device }: Device): SignalAddress {
  return { lidUser: account.lidUser, device };
}

function protocolAddress({ lidUser, device }: SignalAddress): ProtocolAddress {
  return new ProtocolAddress(lidUser, device);
}

/** libsignal wants the curve's type byte in front of a public key. */
function typed(publicKey: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([5]), publicKey]);
}

/** The bundle in libsignal's shape. */
function outgoing({
  registrationId,
  identityKey,
  signedPreKey,
  preKey,
}: PreKeyBundle): OutgoingSession {
  const required = {
    registrationId,
    identityKey: typed(identityKey),
    signedPreKey: {
      keyId: signedPreKey.id,
      publicKey: typed(signedPreKey.publicKey),
      signature: signedPreKey.signature,
    },
  };
  const oneTime = preKey && { preKey: { keyId: preKey.id, publicKey: typed(preKey.publicKey) } };
  // libsignal (session_builder.js: `device.preKey && …`) takes a bundle without a one-time key; its typings do not.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return { ...required, ...oneTime } as OutgoingSession;
}

function asSignal(pair: KeyPair): { privKey: Buffer; pubKey: Buffer } {
  return { privKey: pair.private, pubKey: typed(pair.public) };
}
