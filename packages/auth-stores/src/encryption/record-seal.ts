import { createHmac } from "node:crypto";
import { BOX_OVERHEAD, openBox, sealBox } from "./box.ts";
import type { DataKey } from "./data-key.ts";
import { type KeyRing, newestKey } from "./key-ring.ts";
import { UNREADABLE, unreadableBytes } from "./unreadable.ts";

// Tells a sealed value from every plain one: no codec of ours or Baileys' JSON begins with it.
const VERSION = 0xe1;
const HEADER_BYTES = 5;
const ID_LENGTH_BYTES = 4;
const SCHEMA = 1;
// A hidden id is 32 bytes in base64url.
const UNREADABLE_ID = new RegExp(`^${UNREADABLE}[\\w-]{43}$`);

/** Where a value belongs. A value that turns up anywhere else does not open. */
type SealedPlace =
  | { readonly kind: "creds" }
  | { readonly kind: "record"; readonly type: string; readonly storedId: string };

export interface PlainRecord {
  readonly id: string;
  readonly value: Uint8Array;
}

export interface OpenedRecord extends PlainRecord {
  /** False for one that did not open; its value is then bytes that no codec reads. */
  readonly opened: boolean;
}

/**
 * Encrypts and decrypts what one session stores, under the ring handed in.
 *
 * A sealed value is a version byte, the generation of its data key (4 bytes, big endian), nonce, text and tag. It
 * is bound to schema, session, family, id and generation.
 */
export class RecordSeal {
  readonly #sessionId: string;
  readonly #dropped = new Map<number, DataKey>();

  constructor(sessionId: string) {
    this.#sessionId = sessionId;
  }

  /** Keeps keys that the ring loses at hand: a read that is under way may still bring what they sealed. */
  keepAtHand(keys: readonly DataKey[]): void {
    for (const key of keys) this.#dropped.set(key.generation, key);
  }

  /** The id a record is stored under. */
  storedId(ring: KeyRing, type: string, id: string): string {
    if (ring.index === undefined) return id;
    // A record that did not open is listed under its stored id, and is to be set aside by it.
    if (UNREADABLE_ID.test(id)) return id.slice(UNREADABLE.length);
    return createHmac("sha256", ring.index)
      .update(JSON.stringify([type, id]))
      .digest("base64url");
  }

  sealCreds(ring: KeyRing, creds: Uint8Array): Uint8Array {
    return this.#seal(ring, { kind: "creds" }, creds);
  }

  /** The creds, or bytes that cannot be read as creds. */
  openCreds(ring: KeyRing, stored: Uint8Array): Uint8Array {
    return this.#open(ring, { kind: "creds" }, stored) ?? unreadableBytes(stored);
  }

  /** Whether these are creds of this session, sealed with one of its keys. */
  opensAsCreds(ring: KeyRing, stored: Uint8Array): boolean {
    return this.#open(ring, { kind: "creds" }, stored) !== undefined;
  }

  sealRecord(ring: KeyRing, type: string, storedId: string, record: PlainRecord): Uint8Array {
    const { id, value } = record;
    const place = { kind: "record", type, storedId } as const;
    if (ring.index === undefined) return this.#seal(ring, place, value);
    const idBytes = Buffer.from(id);
    const length = Buffer.alloc(ID_LENGTH_BYTES);
    length.writeUInt32BE(idBytes.length);
    return this.#seal(ring, place, Buffer.concat([length, idBytes, value]));
  }

  openRecord(ring: KeyRing, type: string, storedId: string, stored: Uint8Array): OpenedRecord {
    const text = this.#open(ring, { kind: "record", type, storedId }, stored);
    if (ring.index === undefined) {
      const opened = text !== undefined;
      return { id: storedId, value: text ?? unreadableBytes(stored), opened };
    }
    if (text === undefined) {
      const id = `${UNREADABLE}${storedId}`;
      return { id, value: unreadableBytes(stored), opened: false };
    }
    const idEnd = ID_LENGTH_BYTES + text.readUInt32BE();
    return {
      id: text.subarray(ID_LENGTH_BYTES, idEnd).toString(),
      value: text.subarray(idEnd),
      opened: true,
    };
  }

  #seal(ring: KeyRing, place: SealedPlace, plain: Uint8Array): Buffer {
    const { generation, records } = newestKey(ring);
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt8(VERSION);
    header.writeUInt32BE(generation, 1);
    return Buffer.concat([header, sealBox(records, this.#bound(place, generation), plain)]);
  }

  #open(ring: KeyRing, place: SealedPlace, stored: Uint8Array): Buffer | undefined {
    const generation = sealedGeneration(stored);
    if (generation === undefined) return undefined;
    const inRing = ring.keys.find((candidate) => candidate.generation === generation);
    const key = inRing ?? this.#dropped.get(generation);
    if (key === undefined) return undefined;
    const bound = this.#bound(place, key.generation);
    return openBox(key.records, bound, stored.subarray(HEADER_BYTES));
  }

  #bound(place: SealedPlace, generation: number): Uint8Array {
    const where = place.kind === "creds" ? [] : [place.type, place.storedId];
    return Buffer.from(JSON.stringify([SCHEMA, this.#sessionId, generation, place.kind, ...where]));
  }
}

/** The generation of the data key that a value says it was sealed with; `undefined` for what is not sealed. */
export function sealedGeneration(stored: Uint8Array): number | undefined {
  if (stored.length < HEADER_BYTES + BOX_OVERHEAD || stored[0] !== VERSION) return undefined;
  return Buffer.from(stored.subarray(1, HEADER_BYTES)).readUInt32BE();
}
