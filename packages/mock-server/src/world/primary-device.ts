import type { Companion } from "./companion.ts";
import type { PreKeyBundle } from "./pre-key-bundle.ts";

/** How a message is encrypted: with a Signal session, which the first kind also starts. */
export type EncryptionKind = "pkmsg" | "msg";

/** One encrypted copy of a message, on its way to a primary device. */
export interface SealedMessage {
  readonly from: Companion;
  readonly id: string;
  /** The chat the sender wrote to, as it wrote it. */
  readonly to: string;
  /** The JID of this device the sender encrypted for, as it wrote it. */
  readonly addressedAs: string;
  readonly kind: EncryptionKind;
  readonly ciphertext: Buffer;
}

/** A client's word on messages it was given. */
export interface MessageReceipt {
  readonly from: Companion;
  readonly ids: readonly string[];
  /** As on the wire; absent means delivered. */
  readonly type?: string | undefined;
}

/** A client's word that it will not take a message: not even a retry would help. */
export interface MessageRefusal {
  readonly from: Companion;
  readonly id: string;
  /** As on the wire, like `487`. */
  readonly error: string;
}

/** A client's request for one message again. */
export interface RetryRequest {
  readonly from: Companion;
  readonly id: string;
  readonly count: number;
  /** Fresh keys of the client, when it sent them along. */
  readonly bundle?: PreKeyBundle | undefined;
}

/** Device 0 of an account, as the server sees it. The only device the server owns the keys of. */
export interface PrimaryDevice {
  readonly identityKey: Buffer;
  /** A bundle with a one-time key nobody else got. There are always more. */
  nextBundle(): PreKeyBundle;
  /** The encoded, signed list of companions that belong to the account. */
  signedKeyIndexList(): Buffer;
  receiveMessage(message: SealedMessage): Promise<void>;
  receiveReceipt(receipt: MessageReceipt): void;
  receiveRefusal(refusal: MessageRefusal): void;
  resend(request: RetryRequest): Promise<void>;
  /** A companion has uploaded its keys and emptied its mailbox: it can be written to. */
  onCompanionReady(companion: Companion): Promise<void>;
}
