import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from "node:crypto";
import protobuf from "protobufjs/minimal.js";
import type { SeededStream } from "../seed/seeded-stream.ts";
import { type KeyPair, keyPairFromBytes, sign, verify } from "../wire/curve.ts";
import { readFields } from "./protobuf-fields.ts";
import type { SignalAddress } from "./signal-peer.ts";

interface OwnChainSnapshot {
  readonly id: number;
  readonly signing: Buffer;
  readonly chainKey: Buffer;
  readonly iteration: number;
  readonly holders: readonly string[];
}

interface TheirChainSnapshot {
  readonly id: number;
  readonly signingKey: Buffer;
  readonly chainKey: Buffer;
  readonly iteration: number;
  readonly skipped: readonly (readonly [number, MessageKey])[];
}

export interface SenderKeysSnapshot {
  readonly drawn: number;
  readonly own: readonly (readonly [string, OwnChainSnapshot])[];
  readonly theirs: readonly (readonly [string, readonly TheirChainSnapshot[]])[];
}

/**
 * Sender keys: what Signal encrypts group messages with. Each device has one chain of keys per group, which it hands
 * to every other device once; each message takes the next key of the chain and is signed.
 *
 * The formats are those of libsignal-protocol (`SenderKeyMessage`, `SenderKeyDistributionMessage`, version 3).
 */
export class SenderKeys {
  readonly #random: SeededStream;
  readonly #own = new Map<string, OwnChain>();
  readonly #theirs = new Map<string, TheirChain[]>();

  constructor(random: SeededStream) {
    this.#random = random;
  }

  /** The chain of this device in a group, made when first asked for. */
  own(group: string): OwnChain {
    const known = this.#own.get(group);
    if (known !== undefined) return known;
    const chain = newChain(this.#random);
    this.#own.set(group, chain);
    return chain;
  }

  /**
   * Those of `readers` who do not have this device's key yet; they count as having it from now on. When somebody who
   * has it is no reader any more, there is a new key, which nobody has.
   */
  withoutOwn<D>(group: string, readers: readonly D[], name: (reader: D) => string): readonly D[] {
    const names = new Set(readers.map(name));
    if ([...this.own(group).holders].some((holder) => !names.has(holder))) this.#own.delete(group);
    const { holders } = this.own(group);
    const without = readers.filter((reader) => !holders.has(name(reader)));
    for (const reader of without) holders.add(name(reader));
    return without;
  }

  /** Keeps a key another device handed out. */
  accept(group: string, from: SignalAddress, distribution: Buffer): void {
    const chain = new TheirChain(distributed(distribution));
    const name = chainName(group, from);
    const others = (this.#theirs.get(name) ?? []).filter((each) => each.id !== chain.id);
    this.#theirs.set(name, [chain, ...others].slice(0, MAX_CHAINS));
  }

  /** Whether there is a key of this device, though it may not be the one a message needs. */
  knows(group: string, from: SignalAddress): boolean {
    return this.#theirs.has(chainName(group, from));
  }

  toSnapshot(): SenderKeysSnapshot {
    return {
      drawn: this.#random.toSnapshot(),
      own: [...this.#own].map(([group, chain]) => [group, chain.toSnapshot()]),
      theirs: [...this.#theirs].map(([name, chains]) => [
        name,
        chains.map((chain) => chain.toSnapshot()),
      ]),
    };
  }

  fromSnapshot({ drawn, own, theirs }: SenderKeysSnapshot): void {
    this.#random.fromSnapshot(drawn);
    this.#own.clear();
    for (const [group, chain] of own) this.#own.set(group, new OwnChain(chain));
    this.#theirs.clear();
    for (const [name, chains] of theirs) {
      this.#theirs.set(
        name,
        chains.map((chain) => new TheirChain(chain)),
      );
    }
  }

  /** Throws when the key is not known, was used before, or the signature is not the sender's. */
  decrypt(group: string, from: SignalAddress, message: Buffer): Buffer {
    const { id, iteration, ciphertext } = readMessage(message);
    const chain = this.#theirs.get(chainName(group, from))?.find((each) => each.id === id);
    if (chain === undefined) throw new Error("No sender key reads this message");
    const body = message.subarray(0, message.length - SIGNATURE_BYTES);
    const signature = message.subarray(message.length - SIGNATURE_BYTES);
    if (!verify(chain.signingKey, body, signature)) throw new Error("The signature is wrong");
    const { iv, key } = chain.keyAt(iteration);
    const decipher = createDecipheriv("aes-256-cbc", key, iv);
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  }
}

const VERSION = Buffer.from([0x33]);
const SIGNATURE_BYTES = 64;
const MAX_CHAINS = 5;
const MAX_SKIPPED = 2000;

interface MessageKey {
  readonly iv: Buffer;
  readonly key: Buffer;
}

/** The chain this device encrypts with. */
export class OwnChain {
  /** The devices that were given the key. */
  readonly holders: Set<string>;
  readonly #id: number;
  readonly #signing: KeyPair;
  #chainKey: Buffer;
  #iteration: number;

  constructor({ id, signing, chainKey, iteration, holders }: OwnChainSnapshot) {
    this.#id = id;
    this.#signing = keyPairFromBytes(signing);
    this.#chainKey = chainKey;
    this.#iteration = iteration;
    this.holders = new Set(holders);
  }

  toSnapshot(): OwnChainSnapshot {
    return {
      id: this.#id,
      signing: this.#signing.private,
      chainKey: this.#chainKey,
      iteration: this.#iteration,
      holders: [...this.holders],
    };
  }

  /** What another device needs to read from here on. */
  distribution(): Buffer {
    const writer = protobuf.Writer.create();
    writer.uint32(8).uint32(this.#id);
    writer.uint32(16).uint32(this.#iteration);
    writer.uint32(26).bytes(this.#chainKey);
    writer.uint32(34).bytes(Buffer.concat([KEY_TYPE, this.#signing.public]));
    return Buffer.concat([VERSION, writer.finish()]);
  }

  encrypt(plaintext: Buffer): Buffer {
    const { iv, key } = messageKey(this.#chainKey);
    const cipher = createCipheriv("aes-256-cbc", key, iv);
    const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    const writer = protobuf.Writer.create();
    writer.uint32(8).uint32(this.#id);
    writer.uint32(16).uint32(this.#iteration);
    writer.uint32(26).bytes(ciphertext);
    this.#chainKey = nextChainKey(this.#chainKey);
    this.#iteration++;
    const body = Buffer.concat([VERSION, writer.finish()]);
    return Buffer.concat([body, sign(this.#signing, body)]);
  }
}

/** The chain of another device. Keys of messages that are late are kept. */
class TheirChain {
  readonly id: number;
  readonly signingKey: Buffer;
  readonly #skipped: Map<number, MessageKey>;
  #chainKey: Buffer;
  #iteration: number;

  constructor({ id, signingKey, chainKey, iteration, skipped }: TheirChainSnapshot) {
    this.id = id;
    this.signingKey = signingKey;
    this.#chainKey = chainKey;
    this.#iteration = iteration;
    this.#skipped = new Map(skipped);
  }

  toSnapshot(): TheirChainSnapshot {
    const { id, signingKey } = this;
    const skipped = [...this.#skipped];
    return { id, signingKey, chainKey: this.#chainKey, iteration: this.#iteration, skipped };
  }

  keyAt(iteration: number): MessageKey {
    const late = this.#skipped.get(iteration);
    if (late !== undefined) {
      this.#skipped.delete(iteration);
      return late;
    }
    if (iteration < this.#iteration) throw new Error("This message was read before");
    if (iteration - this.#iteration > MAX_SKIPPED) throw new Error("Too many messages are missing");
    for (;;) {
      const key = messageKey(this.#chainKey);
      const at = this.#iteration;
      this.#chainKey = nextChainKey(this.#chainKey);
      this.#iteration++;
      if (at === iteration) return key;
      this.#skipped.set(at, key);
    }
  }
}

function newChain(random: SeededStream): OwnChain {
  return new OwnChain({
    id: random.bytes(4).readUInt32BE() >>> 1,
    signing: random.bytes(32),
    chainKey: random.bytes(32),
    iteration: 0,
    holders: [],
  });
}

/** The chain in what another device has handed out. */
function distributed(distribution: Buffer): TheirChainSnapshot {
  const fields = readFields(distribution.subarray(1));
  return {
    id: fields.number(1),
    iteration: fields.number(2),
    chainKey: fields.bytes(3),
    signingKey: fields.bytes(4).subarray(1),
    skipped: [],
  };
}

/** libsignal's type byte in front of a public key. */
const KEY_TYPE = Buffer.from([5]);

function messageKey(chainKey: Buffer): MessageKey {
  const seed = createHmac("sha256", chainKey)
    .update(Buffer.from([1]))
    .digest();
  const derived = Buffer.from(hkdfSync("sha256", seed, Buffer.alloc(32), "WhisperGroup", 48));
  return { iv: derived.subarray(0, 16), key: derived.subarray(16) };
}

function nextChainKey(chainKey: Buffer): Buffer {
  return createHmac("sha256", chainKey)
    .update(Buffer.from([2]))
    .digest();
}

function readMessage(message: Buffer): {
  readonly id: number;
  readonly iteration: number;
  readonly ciphertext: Buffer;
} {
  const fields = readFields(message.subarray(1, message.length - SIGNATURE_BYTES));
  return { id: fields.number(1), iteration: fields.number(2), ciphertext: fields.bytes(3) };
}

function chainName(group: string, { lidUser, device }: SignalAddress): string {
  return `${group} ${lidUser}.${device}`;
}
