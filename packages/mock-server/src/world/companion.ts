import { LID_SERVER, PN_SERVER } from "../wire/jid.ts";
import type { BinaryNode } from "../wire/binary-node.ts";
import type { Account } from "./account.ts";
import type { ClientDevice } from "./device.ts";
import type { Mailbox } from "./mailbox.ts";
import type { PreKey, SignedPreKey } from "./pre-key-bundle.ts";
import { PreKeyPool } from "./pre-key-pool.ts";

/** The keys a companion registered with. */
export interface CompanionKeys {
  readonly registrationId: number;
  readonly identityKey: Buffer;
  readonly signedPreKey: SignedPreKey;
}

export interface CompanionParts {
  readonly account: Account;
  readonly device: number;
  readonly noiseKey: Buffer;
  readonly keys: CompanionKeys;
  /** The encoded `ADVSignedDeviceIdentity`, signed by both sides. */
  readonly deviceIdentity: Buffer;
  readonly mailbox: Mailbox;
}

export interface CompanionSnapshot {
  readonly device: number;
  readonly noiseKey: Buffer;
  readonly keys: CompanionKeys;
  readonly deviceIdentity: Buffer;
  readonly preKeys: readonly PreKey[];
  readonly waiting: readonly BinaryNode[];
  readonly leftAt?: number | undefined;
  readonly synced: boolean;
  readonly pushName?: string | undefined;
}

/** A linked device, 1 and up. Baileys is one. Known from pairing until it is logged out, connected or not. */
export class Companion implements ClientDevice {
  readonly played = false;
  readonly account: Account;
  readonly device: number;
  readonly noiseKey: Buffer;
  readonly deviceIdentity: Buffer;
  readonly preKeys: PreKeyPool = new PreKeyPool();
  readonly mailbox: Mailbox;
  keys: CompanionKeys;
  /** When its last connection ended, in milliseconds since the epoch. Not while it is connected, nor before it was. */
  leftAt: number | undefined;
  /** The phone has sent its keys and history. */
  synced = false;
  /** The name the client gave in its presence. */
  pushName: string | undefined;

  constructor(parts: CompanionParts) {
    this.account = parts.account;
    this.device = parts.device;
    this.noiseKey = parts.noiseKey;
    this.keys = parts.keys;
    this.deviceIdentity = parts.deviceIdentity;
    this.mailbox = parts.mailbox;
  }

  get pn(): string {
    return this.jidOn(PN_SERVER);
  }

  get lid(): string {
    return this.jidOn(LID_SERVER);
  }

  /** The device JID in the namespace of `server`. */
  jidOn(server: string): string {
    return this.account.jidOn(server, this.device);
  }

  deliver(stanza: BinaryNode): void {
    this.mailbox.push(stanza);
  }

  toSnapshot(leftAt: number | undefined): CompanionSnapshot {
    const { device, noiseKey, keys, deviceIdentity, synced, pushName } = this;
    const preKeys = this.preKeys.list();
    const { waiting } = this.mailbox;
    return { device, noiseKey, keys, deviceIdentity, preKeys, waiting, leftAt, synced, pushName };
  }

  fromSnapshot({ preKeys, waiting, leftAt, synced, pushName }: CompanionSnapshot): void {
    this.preKeys.fromSnapshot(preKeys);
    for (const stanza of waiting) this.mailbox.push(stanza);
    this.leftAt = leftAt;
    this.synced = synced;
    this.pushName = pushName;
  }
}
