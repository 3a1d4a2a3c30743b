import { deserialize, serialize } from "node:v8";
import type { BaileysEventMap, WAMessage } from "@whiskeysockets/baileys";
import { cut } from "./slice-flush.ts";
import { snapshot } from "./snapshot.ts";

export type History = Partial<BaileysEventMap["messaging-history.set"]>;

/** A part of the past that is taken in at once. */
export interface HistoryPart {
  readonly chats: NonNullable<History["chats"]>;
  readonly contacts: NonNullable<History["contacts"]>;
  readonly lidPnMappings: NonNullable<History["lidPnMappings"]>;
  readonly messages: readonly WAMessage[];
}

interface Waiting {
  readonly count: number;
  bytes: number;
  /** As it came, or packed when too much waits. */
  part: HistoryPart | Uint8Array;
}

const PEOPLE_PER_PART = 200;
const MESSAGES_PER_PART = 500;
/** What one element takes that protobufjs has decoded. */
const DECODED_BYTES = 1100;
const EMPTY: HistoryPart = { chats: [], contacts: [], lidPnMappings: [], messages: [] };

/** The past that waits, bounded in bytes as far as packing it goes: there is no way to tell a phone to wait. */
export class HistoryQueue {
  readonly #highWaterBytes: number;
  #waiting: Waiting[] = [];
  #bytes = 0;
  #elements = 0;

  constructor(highWaterBytes: number) {
    this.#highWaterBytes = highWaterBytes;
  }

  /** Elements that wait. */
  get elements(): number {
    return this.#elements;
  }

  /** About what they take in memory. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Who is who and what chats there are comes before what was written in them. */
  push({ chats, contacts, lidPnMappings, messages }: History): void {
    for (const piece of pieces(lidPnMappings, PEOPLE_PER_PART)) this.#add({ lidPnMappings: piece });
    for (const piece of pieces(contacts, PEOPLE_PER_PART)) this.#add({ contacts: piece });
    for (const piece of pieces(chats, PEOPLE_PER_PART)) this.#add({ chats: piece });
    for (const piece of pieces(messages, MESSAGES_PER_PART)) this.#add({ messages: piece });
  }

  /** The next part, in the order of arrival. */
  shift(): HistoryPart | undefined {
    const next = this.#waiting.shift();
    if (next === undefined) return undefined;
    this.#elements -= next.count;
    this.#bytes -= next.bytes;
    return next.part instanceof Uint8Array ? unpacked(next.part) : next.part;
  }

  /** Drops chats that were deleted while their past was waiting, which would bring them back. */
  forgetChats(isDeleted: (jid: string) => boolean): void {
    for (const one of this.#waiting) {
      const { part } = one;
      if (part instanceof Uint8Array || part.chats.length === 0) continue;
      one.part = { ...part, chats: part.chats.filter(({ id }) => !id || !isDeleted(id)) };
    }
  }

  /** Packs one part while more than the bound waits. The last come would wait longest. Says whether it did. */
  packOne(): boolean {
    if (this.#bytes <= this.#highWaterBytes) return false;
    const one = this.#waiting.findLast(
      ({ part }) => !(part instanceof Uint8Array) && part.messages.length > 0,
    );
    if (one === undefined || one.part instanceof Uint8Array) return false;
    one.part = packed(one.part);
    this.#bytes += one.part.length - one.bytes;
    one.bytes = one.part.length;
    return true;
  }

  clear(): void {
    this.#waiting = [];
    this.#bytes = 0;
    this.#elements = 0;
  }

  #add(some: Partial<HistoryPart>): void {
    const part = { ...EMPTY, ...some };
    const count =
      part.chats.length + part.contacts.length + part.lidPnMappings.length + part.messages.length;
    const bytes = count * DECODED_BYTES;
    this.#waiting.push({ count, bytes, part });
    this.#elements += count;
    this.#bytes += bytes;
  }
}

function pieces<T>(items: T[] | undefined, size: number): T[][] {
  return Array.isArray(items) ? cut(items, size).map((piece) => [...piece]) : [];
}

// Not protobuf, which has no place for what Baileys adds to a key: the other form of a JID, the addressing mode.
function packed(part: HistoryPart): Uint8Array {
  return serialize(snapshot(part));
}

function unpacked(bytes: Uint8Array): HistoryPart {
  const part: HistoryPart = deserialize(bytes);
  return part;
}
