import { hkdfSync } from "node:crypto";
import type { Clock } from "@motte/core/clock";
import type { SeededRandom } from "@motte/core/random";
import { proto } from "../wire/baileys.ts";

/** The secret that a generation of app state is encrypted with. */
export interface SyncKey {
  readonly id: Buffer;
  readonly data: Buffer;
  /** Milliseconds since the epoch. */
  readonly madeAt: number;
  readonly derived: DerivedKeys;
}

/** What one sync key stands for: a key for each use. */
interface DerivedKeys {
  readonly index: Buffer;
  readonly valueEncryption: Buffer;
  readonly valueMac: Buffer;
  readonly snapshotMac: Buffer;
  readonly patchMac: Buffer;
}

const { Type: ProtocolType } = proto.Message.ProtocolMessage;

/** The sync keys of one account. The phone makes them; the newest encrypts, all of them decrypt. */
export class SyncKeys {
  readonly #seed: SeededRandom;
  readonly #clock: Clock;
  #keys: SyncKey[] = [];
  #newest: SyncKey;

  constructor(seed: SeededRandom, clock: Clock) {
    this.#seed = seed;
    this.#clock = clock;
    this.#newest = this.rotate();
  }

  get newest(): SyncKey {
    return this.#newest;
  }

  /** Makes a key that takes over from the newest. */
  rotate(): SyncKey {
    return this.#add(this.#clock.now());
  }

  /** When each key was made. What is in them follows from the seed. */
  toSnapshot(): readonly number[] {
    return this.#keys.map(({ madeAt }) => madeAt);
  }

  fromSnapshot(madeAt: readonly number[]): void {
    this.#keys = [];
    for (const each of madeAt) this.#add(each);
  }

  #add(madeAt: number): SyncKey {
    const epoch = this.#keys.length + 1;
    // Two bytes of device, four of epoch.
    const id = Buffer.alloc(6);
    id.writeUInt32BE(epoch, 2);
    const data = this.#seed.fork(`sync-key ${epoch}`).bytes(32);
    const key = { id, data, madeAt, derived: deriveKeys(data) };
    this.#keys.push(key);
    this.#newest = key;
    return key;
  }

  find(id: Uint8Array | null | undefined): SyncKey | undefined {
    return id ? this.#keys.find((key) => key.id.equals(id)) : undefined;
  }

  /** A message that gives a companion every key. Baileys (process-message.js) writes with the last one in it. */
  shareAll(): proto.IMessage {
    return shareMessage(this.#keys.map((key) => ({ keyId: { keyId: key.id }, ...dataOf(key) })));
  }

  /** The answer to a request for keys: those asked for, and an empty entry for one that never existed. */
  shareAsked(ids: readonly proto.Message.IAppStateSyncKeyId[]): proto.IMessage {
    return shareMessage(
      ids.map((keyId) => {
        const key = this.find(keyId.keyId);
        return { keyId, ...(key === undefined ? {} : dataOf(key)) };
      }),
    );
  }
}

function shareMessage(keys: proto.Message.IAppStateSyncKey[]): proto.IMessage {
  return {
    protocolMessage: {
      type: ProtocolType.APP_STATE_SYNC_KEY_SHARE,
      appStateSyncKeyShare: { keys },
    },
  };
}

function dataOf({ data, madeAt }: SyncKey): Pick<proto.Message.IAppStateSyncKey, "keyData"> {
  const fingerprint = { rawId: 1, currentIndex: 0, deviceIndexes: [0] };
  return { keyData: { keyData: data, fingerprint, timestamp: madeAt } };
}

function deriveKeys(data: Buffer): DerivedKeys {
  const all = Buffer.from(hkdfSync("sha256", data, "", "WhatsApp Mutation Keys", 160));
  const part = (number: number): Buffer => all.subarray(number * 32, (number + 1) * 32);
  return {
    index: part(0),
    valueEncryption: part(1),
    valueMac: part(2),
    snapshotMac: part(3),
    patchMac: part(4),
  };
}
