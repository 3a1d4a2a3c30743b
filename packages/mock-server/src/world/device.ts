import type { BinaryNode } from "../wire/binary-node.ts";
import type { Account } from "./account.ts";
import type { Companion } from "./companion.ts";
import type { PreKeyBundle } from "./pre-key-bundle.ts";

/** What the server knows of every device, whoever runs it. */
interface AnyDevice {
  readonly account: Account;
  /** Its number among the account's devices: 0 is the primary one. */
  readonly device: number;
  /** The name its messages carry. */
  readonly pushName: string | undefined;
  /** The encoded `ADVSignedDeviceIdentity` of a linked device; the primary one has none. */
  readonly deviceIdentity: Buffer | undefined;
  /** The device JID in the namespace of `server`. */
  jidOn(server: string): string;
  /** Takes a stanza for this device; one that cannot read it now gets it later. */
  deliver(stanza: BinaryNode): void;
}

/** A device the server runs itself. It reads and writes stanzas as a client does, without a connection. */
export interface PlayedDevice extends AnyDevice {
  readonly played: true;
  /** A bundle with a one-time key nobody else got. There are always more. */
  nextBundle(): PreKeyBundle;
  /** A device refused a message of this one: not even a retry would help. `error` is as on the wire, like `487`. */
  refused(id: string, by: Device, error: string): void;
}

/** A linked device run by a real client. */
export interface ClientDevice extends AnyDevice {
  readonly played: false;
}

export type Device = Companion | PlayedDevice;
