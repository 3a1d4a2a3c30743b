import { isObject } from "../codec/bytes.ts";
import {
  type ValueCodec,
  isCertainlyJson,
  isFinalForm,
  storedJsonText,
} from "../codec/value-codec.ts";
import { bytesDigest } from "./canonical-digest.ts";
import { isLookedInto } from "./findings.ts";
import type { CorruptEntry, UnknownEntry } from "./foreign-source.ts";
import { hasExpectedShape } from "./record-shape.ts";

/** Why a record is stored differently from how it was found. */
export type NormalisationKind =
  /** Up to Baileys 6.7.18 a sender key was an array of structures, which Baileys 7 cannot read. */
  | "sender-key-v6"
  /** Bytes in a form that the reviver of Baileys 7 leaves as an object. */
  | "legacy-bytes"
  /** The family that Baileys 7 calls `tctoken`. */
  | "contacts-tc-token"
  /** Digits that came back as a number. */
  | "number"
  /** Anything else that this package writes in another form by now. */
  | "re-encoded";

/** One record as a store has it: bytes in our coding. */
interface StoredRecord {
  readonly entry: "record";
  readonly type: string;
  readonly id: string;
  readonly bytes: Uint8Array;
}

export type StoredEntry = StoredRecord | CorruptEntry | UnknownEntry;

/** One record as it is to be stored. */
export interface MigratedRecord extends StoredRecord {
  /** What the bytes mean; `undefined` where nobody asks: the digest was known, or it is JSON that is not looked into. */
  readonly value: unknown;
  /** Of the bytes: whatever means the same is stored as the same bytes. */
  readonly digest: string;
  readonly normalisation: NormalisationKind | undefined;
}

export type MigratedEntry = MigratedRecord | CorruptEntry | UnknownEntry;

/** The digest that a record had when the account was read through. */
export type KnownDigests = (type: string, id: string) => string | undefined;

export interface NormalisingOptions {
  /** Whether another program wrote the entries. */
  readonly foreign: boolean;
  readonly known: KnownDigests | undefined;
}

const LEGACY_TOKEN = "contacts-tc-token";

/**
 * Brings everything to the form it is to be stored in. What cannot be understood becomes a corrupt entry.
 *
 * A renamed record yields to one that already has the new name.
 */
export async function* normalised(
  pages: AsyncIterable<readonly StoredEntry[]>,
  codec: ValueCodec,
  options: NormalisingOptions,
): AsyncGenerator<readonly MigratedEntry[]> {
  const renamed = new Map<string, StoredRecord>();
  const tokens = new Set<string>();
  for await (const page of pages) {
    const entries: MigratedEntry[] = [];
    for (const entry of page) {
      if (entry.entry !== "record") {
        entries.push(entry);
      } else if (entry.type === LEGACY_TOKEN) {
        renamed.set(entry.id, entry);
      } else {
        if (entry.type === "tctoken") tokens.add(entry.id);
        entries.push(migrated(entry, codec, options));
      }
    }
    yield entries;
  }
  const others = [...renamed.values()].filter(({ id }) => !tokens.has(id));
  if (others.length > 0) yield others.map((record) => migrated(record, codec, options));
}

function migrated(
  record: StoredRecord,
  codec: ValueCodec,
  { foreign, known }: NormalisingOptions,
): MigratedEntry {
  const { type: storedType, id, bytes } = record;
  const type = storedType === LEGACY_TOKEN ? "tctoken" : storedType;
  const seen = known?.(type, id);
  if (seen !== undefined && seen === bytesDigest(bytes)) return final(type, id, bytes, seen);
  const asItIs = type === storedType && !foreign;
  if (asItIs && isCertainlyJson(bytes) && !isLookedInto(type, bytes)) {
    return final(type, id, bytes, bytesDigest(bytes));
  }
  try {
    const found = codec.decode(storedType, bytes);
    if (foreign && !hasExpectedShape(type, found)) {
      return { entry: "corrupt", type, id, reason: "not the shape of this family" };
    }
    if (type === storedType && isFinalForm(bytes)) {
      return final(type, id, bytes, bytesDigest(bytes), found);
    }
    const encoded = codec.encode(type, found);
    const same = Buffer.compare(bytes, encoded) === 0;
    // What is compared later is what the stored bytes give back.
    const value = same ? found : codec.decode(type, encoded);
    const normalisation = same ? undefined : kindOf(storedType, bytes, foreign);
    return {
      entry: "record",
      type,
      id,
      bytes: encoded,
      value,
      digest: bytesDigest(encoded),
      normalisation,
    };
  } catch (error) {
    // Decoding does no I/O, so whatever it throws means that these bytes are not a record. The message of a
    // SyntaxError quotes them, so only the name goes further.
    return {
      entry: "corrupt",
      type,
      id,
      reason: error instanceof Error ? error.name : "unreadable",
    };
  }
}

/** A record that is stored as it was found. */
function final(
  type: string,
  id: string,
  bytes: Uint8Array,
  digest: string,
  value?: unknown,
): MigratedRecord {
  return { entry: "record", type, id, bytes, value, digest, normalisation: undefined };
}

function kindOf(type: string, bytes: Uint8Array, foreign: boolean): NormalisationKind | undefined {
  if (type === LEGACY_TOKEN) return LEGACY_TOKEN;
  const text = storedJsonText(bytes);
  const json: unknown = text === undefined ? undefined : JSON.parse(text);
  if (type === "sender-key" && Array.isArray(json)) return "sender-key-v6";
  if (type === "lid-mapping" && typeof json === "number") return "number";
  if (hasLegacyBytes(json)) return "legacy-bytes";
  // A foreign record is never in our coding; that alone is nothing to report.
  return foreign ? undefined : "re-encoded";
}

/** Whether bytes are marked in JSON in a way that Baileys 7 does not read, or not everywhere. */
export function hasLegacyBytes(json: unknown): boolean {
  if (Array.isArray(json)) return json.some(hasLegacyBytes);
  if (!isObject(json)) return false;
  if (json["type"] === "Buffer" && Array.isArray(json["data"])) return true;
  if (json["buffer"] === true && ("data" in json || "value" in json)) return true;
  const keys = Object.keys(json);
  const isIndexMap =
    keys.length > 0 &&
    keys.every((key, index) => key === String(index) && typeof json[key] === "number");
  // What an application keeps in its creds is its own.
  return isIndexMap || keys.some((key) => key !== "additionalData" && hasLegacyBytes(json[key]));
}
