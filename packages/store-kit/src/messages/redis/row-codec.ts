import { StoreKitError } from "../../errors.ts";
import type { Address } from "../address.ts";
import { MESSAGE_KINDS } from "../message-kind.ts";
import { type MessageRow, ORIGINS, originRank } from "../message-row.ts";

// Version, length of the JSON; then the JSON, the body and the edit.
const HEADER_BYTES = 5;
const VERSION = 1;

interface Packed {
  readonly chat: Address;
  readonly sender?: Address;
  readonly origin: number;
  readonly kind: number;
  readonly sentAtMs: number;
  readonly erased: boolean;
  readonly expiresAtMs: number;
  readonly status: number;
  readonly keyJson?: string;
  readonly editedAtMs?: number;
  readonly claims: readonly Address[];
  readonly waitingFor?: string;
  /** Bytes of the body and of the edit; `-1` for none. */
  readonly bytes: readonly [number, number];
}

/** A row as one value, since Redis has no columns. What is in its name in Redis is not repeated. */
export function packRow(row: MessageRow): Buffer {
  const { body, editBody } = row;
  const packed: Packed = {
    chat: row.chat,
    ...(row.sender && { sender: row.sender }),
    origin: originRank(row.origin),
    kind: MESSAGE_KINDS.indexOf(row.kind),
    sentAtMs: row.sentAtMs,
    erased: row.erased,
    expiresAtMs: row.expiresAtMs,
    status: row.status,
    ...(row.keyJson !== undefined && { keyJson: row.keyJson }),
    ...(row.editedAtMs !== undefined && { editedAtMs: row.editedAtMs }),
    claims: row.claims,
    ...(row.waitingFor !== undefined && { waitingFor: row.waitingFor }),
    bytes: [body?.length ?? -1, editBody?.length ?? -1],
  };
  const json = Buffer.from(JSON.stringify(packed));
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt8(VERSION, 0);
  header.writeUInt32BE(json.length, 1);
  return Buffer.concat([header, json, body ?? Buffer.alloc(0), editBody ?? Buffer.alloc(0)]);
}

/** @throws StoreKitError `STORE_KIT_BODY_UNREADABLE` for what `packRow` did not make. */
export function unpackRow(id: string, fromMe: boolean, value: Buffer): MessageRow {
  const jsonEnd = value.length > HEADER_BYTES ? HEADER_BYTES + value.readUInt32BE(1) : Infinity;
  if (value[0] !== VERSION || jsonEnd > value.length) throw unreadable();
  const packed = parse(value.toString("utf8", HEADER_BYTES, jsonEnd));
  const [bodyBytes, editBytes] = packed.bytes;
  const bodyEnd = jsonEnd + Math.max(bodyBytes, 0);
  if (bodyEnd + Math.max(editBytes, 0) !== value.length) throw unreadable();
  return {
    id,
    fromMe,
    chat: packed.chat,
    sender: packed.sender,
    origin: ORIGINS[packed.origin] ?? "inbound",
    kind: MESSAGE_KINDS[packed.kind] ?? "other",
    sentAtMs: packed.sentAtMs,
    erased: packed.erased,
    expiresAtMs: packed.expiresAtMs,
    status: packed.status,
    keyJson: packed.keyJson,
    body: bodyBytes < 0 ? undefined : value.subarray(jsonEnd, bodyEnd),
    editedAtMs: packed.editedAtMs,
    editBody: editBytes < 0 ? undefined : value.subarray(bodyEnd),
    claims: packed.claims,
    waitingFor: packed.waitingFor,
  };
}

function parse(json: string): Packed {
  try {
    // Written by `packRow`, so what parses at all reads as one.
    const packed: Packed = JSON.parse(json);
    return packed;
  } catch (error) {
    throw unreadable(error);
  }
}

function unreadable(cause?: unknown): StoreKitError {
  return new StoreKitError(
    "STORE_KIT_BODY_UNREADABLE",
    "A message stored in Redis is damaged, or of a kind this release does not read",
    { cause },
  );
}
