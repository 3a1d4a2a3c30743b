import { KeyedMutex } from "@motte/core/keyed-mutex";
import { type SeededRandom, seededRandom } from "@motte/core/random";
import { ProtocolAddress, SessionBuilder, type SignalStorage } from "libsignal";
import { type KeyPair, keyPairFromBytes, sign } from "../wire/curve.ts";
import type { Device } from "../world/device.ts";
import type { PreKeyBundle } from "../world/pre-key-bundle.ts";
import type { EncryptionKind } from "../world/primary-device.ts";
import { SeededStream } from "../seed/seeded-stream.ts";
import { SenderKeys, type SenderKeysSnapshot } from "./sender-keys.ts";
import { QuietSessionCipher, QuietSessionRecord, openNext } from "./quiet-session.ts";
import { readPreKeyMessage } from "./whisper-message.ts";

/** A device on the other end of a Signal session, by its account's LID: one session, however it is addressed. */
export interface SignalAddress {
  readonly lidUser: string;
  readonly device: number;
}

export interface Ciphertext {
  readonly kind: Exclude<EncryptionKind, "skmsg">;
  readonly bytes: Buffer;
}

/** A session record as libsignal stores it. */
type StoredSession = ReturnType<QuietSessionRecord["serialize"]>;

type OutgoingSession = Parameters<SessionBuilder["initOutgoing"]>[0];

export interface SignalPeerSnapshot {
  /** What its keys follow from. */
  readonly seed: string;
  readonly lastPreKeyId: number;
  readonly usedPreKeys: readonly number[];
  /** By address, as libsignal stores them. */
  readonly sessions: readonly (readonly [string, StoredSession])[];
  readonly senderKeys: SenderKeysSnapshot;
}

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
  readonly #typedIdentity: Buffer;
  readonly #records = new Map<string, QuietSessionRecord>();
  readonly #usedPreKeys = new Set<number>();
  readonly #mutex = new KeyedMutex();
  /** How many wait for a session, or work on it. */
  readonly #atWork = new Map<string, number>();
  #lastPreKeyId = 0;

  constructor(seed: SeededRandom) {
    this.#seed = seed;
    this.senderKeys = new SenderKeys(new SeededStream(seed.fork("sender-keys")));
    this.identity = keyPairFromBytes(seed.fork("identity").bytes(32));
    this.#typedIdentity = typed(this.identity.public);
    this.#signedPreKey = keyPairFromBytes(seed.fork("signed-pre-key").bytes(32));
    this.#signature = sign(this.identity, typed(this.#signedPreKey.public));
    this.registrationId = 1 + Math.floor(seed.fork("registration-id").next() * 16_380);
  }

  static restore({ seed, ...state }: SignalPeerSnapshot): SignalPeer {
    const peer = new SignalPeer(seededRandom(seed));
    peer.#lastPreKeyId = state.lastPreKeyId;
    for (const id of state.usedPreKeys) peer.#usedPreKeys.add(id);
    for (const [address, session] of state.sessions) {
      const record = QuietSessionRecord.deserialize(session);
      peer.#records.set(address, QuietSessionRecord.own(record));
    }
    peer.senderKeys.fromSnapshot(state.senderKeys);
    return peer;
  }

  toSnapshot(): SignalPeerSnapshot {
    return {
      seed: this.#seed.seed,
      lastPreKeyId: this.#lastPreKeyId,
      usedPreKeys: [...this.#usedPreKeys],
      sessions: [...this.#records].map(([address, record]) => [address, record.serialize()]),
      senderKeys: this.senderKeys.toSnapshot(),
    };
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
    return this.#records.get(protocolAddress(address).toString())?.haveOpenSession() ?? false;
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
  decrypt(address: SignalAddress, ciphertext: Ciphertext): Promise<Buffer> {
    return this.#exclusively(address, (at) => {
      const startsSession =
        ciphertext.kind === "pkmsg" && this.#sessionsFor(at.toString(), ciphertext) === undefined;
      if (!startsSession) return Promise.resolve(this.#open(at, ciphertext));
      const cipher = new QuietSessionCipher(this.#replacingStorage, at);
      return cipher.decryptPreKeyWhisperMessage(ciphertext.bytes);
    });
  }

  /** Whether `decryptAtOnce` may be called: there is a session already, and nobody is at work on it. */
  readsAtOnce(address: SignalAddress, ciphertext: Ciphertext): boolean {
    const id = protocolAddress(address).toString();
    return !this.#atWork.has(id) && this.#sessionsFor(id, ciphertext) !== undefined;
  }

  /** Throws as `decrypt` rejects. */
  decryptAtOnce(address: SignalAddress, ciphertext: Ciphertext): Buffer {
    return this.#open(protocolAddress(address), ciphertext);
  }

  async #exclusively<T>(
    address: SignalAddress,
    work: (at: ProtocolAddress) => Promise<T>,
  ): Promise<T> {
    const at = protocolAddress(address);
    const id = at.toString();
    this.#atWork.set(id, (this.#atWork.get(id) ?? 0) + 1);
    try {
      return await this.#mutex.run(id, () => work(at));
    } finally {
      const others = (this.#atWork.get(id) ?? 1) - 1;
      if (others === 0) this.#atWork.delete(id);
      else this.#atWork.set(id, others);
    }
  }

  /** The sessions that may read a message, by base key, most useful first; `undefined` when it is to start one. */
  #sessionsFor(id: string, { kind, bytes }: Ciphertext): readonly Buffer[] | undefined {
    const record = this.#records.get(id);
    if (record === undefined) return undefined;
    if (kind === "msg") return record.getSessions().map(({ indexInfo }) => indexInfo.baseKey);
    const { baseKey } = readPreKeyMessage(bytes);
    return record.named(baseKey) && [baseKey];
  }

  #open(at: ProtocolAddress, ciphertext: Ciphertext): Buffer {
    const id = at.toString();
    const { kind, bytes } = ciphertext;
    const encoded = kind === "msg" ? bytes : readPreKeyMessage(bytes).message;
    const baseKeys = this.#sessionsFor(id, ciphertext) ?? [];
    const ownIdentity = this.#typedIdentity;
    const [likely] = baseKeys;
    const inUse = likely && this.#records.get(id)?.named(likely);
    const next = inUse && openNext(encoded, inUse, ownIdentity);
    if (next !== undefined) return next;
    const cipher = new QuietSessionCipher(this.#storage, at);
    const errors: unknown[] = [];
    for (const baseKey of baseKeys) {
      // libsignal changes a session before it has checked the message, so each try has a copy of its own.
      const record = this.#load(id);
      const session = record.named(baseKey);
      if (session === undefined) continue;
      try {
        const plaintext = cipher.open(encoded, session, ownIdentity);
        this.#keep(id, record);
        return plaintext;
      } catch (error) {
        errors.push(error);
      }
    }
    throw new AggregateError(
      errors,
      `None of ${baseKeys.length} Signal sessions reads the message`,
    );
  }

  readonly #storage: SignalStorage = {
    loadSession: async (id) => this.#load(id),
    storeSession: async (id, record) => this.#keep(id, QuietSessionRecord.own(record)),
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

  /** A copy, so that what comes of it counts only once it is kept. */
  #load(id: string): QuietSessionRecord {
    return this.#records.get(id)?.copy() ?? new QuietSessionRecord();
  }

  #keep(id: string, record: QuietSessionRecord): void {
    record.replacing = false;
    this.#records.set(id, record);
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
