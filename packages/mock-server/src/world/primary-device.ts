import type { proto } from "../wire/baileys.ts";
import type { Companion } from "./companion.ts";
import type { PlayedDevice } from "./device.ts";

/** How a message is encrypted: with a Signal session, which the first kind also starts, or with a sender key. */
export type EncryptionKind = "pkmsg" | "msg" | "skmsg";

/** Device 0 of an account: a phone, which the server always plays. Its identity key signs the linked devices. */
export interface PrimaryDevice extends PlayedDevice {
  readonly device: 0;
  readonly identityKey: Buffer;
  /** The encoded, signed list of devices that belong to the account. */
  signedKeyIndexList(): Buffer;
  /** A companion has uploaded its keys and emptied its mailbox: it can be written to. */
  onCompanionReady(companion: Companion): Promise<void>;
  /** A companion has got the part of the history that came in the message with this id. */
  onHistoryConfirmed(messageId: string): void;
  /** A message of the account's chats, as the phone has it. */
  findMessage(key: proto.IMessageKey): proto.IWebMessageInfo | undefined;
}
