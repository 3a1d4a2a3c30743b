import type {
  BufferJSON,
  WAMessage,
  WAMessageKey,
  makeEventBuffer,
  proto,
} from "@whiskeysockets/baileys";
import type { Side } from "../side.ts";

/** What every figure is relative to. */
export const BASE = "prepared statements";

/** A way to keep messages in a SQLite file. */
export interface MessageSide extends Side {
  open(file: string): Promise<MessageDatabase>;
}

export interface MessageDatabase {
  getMessage(key: WAMessageKey): Found | Promise<Found>;
  recordSent(message: WAMessage): void;
  /** Takes messages of the past, and is done when they are written. */
  takeHistory(messages: readonly WAMessage[]): void | Promise<void>;
  close(): void | Promise<void>;
}

type Found = object | undefined;

/** The parts of Baileys that take part. */
export interface Baileys {
  readonly proto: typeof proto;
  readonly makeEventBuffer: typeof makeEventBuffer;
  readonly BufferJSON: typeof BufferJSON;
}
