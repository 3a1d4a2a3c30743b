import { createCipheriv, createDecipheriv, createHmac } from "node:crypto";
import type { Random } from "@motte/core/random";
import { proto } from "../wire/baileys.ts";
import type { LtHash } from "./app-state-hash.ts";
import type { SyncKey, SyncKeys } from "./app-state-keys.ts";

/** One setting, readable. */
export interface PlainMutation {
  /** What was done to the setting. */
  readonly operation: "set" | "remove";
  /** What it is about, like `["archive", "15550001234@s.whatsapp.net"]`. */
  readonly index: readonly string[];
  /** The setting itself; of one that was removed, what it was. */
  readonly value: proto.ISyncActionValue;
  /** Of the kind of action, not of the collection. */
  readonly version: number;
}

/** Why a patch, or a part of it, is not what its maker should have sent. */
export type PatchFlaw =
  | "unreadable"
  | "unknown-key"
  | "bad-value-mac"
  | "bad-index-mac"
  | "bad-patch-mac"
  | "bad-snapshot-mac";

export interface OpenedPatch {
  readonly mutations: readonly PlainMutation[];
  readonly flaws: readonly PatchFlaw[];
}

/** Which collection a patch belongs to, and what it makes of it. */
export interface PatchPlace {
  readonly collection: string;
  readonly version: number;
  /** Of the collection; moved on by the patch. */
  readonly hash: LtHash;
}

const { SyncdOperation } = proto.SyncdMutation;
const MAC_BYTES = 32;
const IV_BYTES = 16;

/** Encrypts settings as the next patch of a collection, complete with its version. */
export function sealPatch(
  mutations: readonly PlainMutation[],
  { collection, version, hash }: PatchPlace,
  { key, random }: { readonly key: SyncKey; readonly random: Random },
): Buffer {
  const sealed = mutations.map((mutation) => {
    const record = sealMutation(mutation, key, random);
    if (mutation.operation === "set") hash.set(record.indexMac, record.valueMac);
    else hash.remove(record.indexMac);
    return record;
  });
  const snapshotMac = snapshotMacOf(hash, version, collection, key);
  const valueMacs = sealed.map(({ valueMac }) => valueMac);
  const patch: proto.ISyncdPatch = {
    version: { version },
    keyId: { id: key.id },
    snapshotMac,
    patchMac: patchMacOf(snapshotMac, valueMacs, version, collection, key),
    mutations: sealed.map(({ operation, indexMac, blob }) => ({
      operation,
      record: { index: { blob: indexMac }, value: { blob }, keyId: { id: key.id } },
    })),
  };
  return Buffer.from(proto.SyncdPatch.encode(patch).finish());
}

/** Decrypts what can be decrypted and checks every code in a patch. Never throws for what a client has sent. */
export function openPatch(bytes: Buffer, place: PatchPlace, keys: SyncKeys): OpenedPatch {
  const mutations: PlainMutation[] = [];
  const flaws: PatchFlaw[] = [];
  const patch = decoded(() => proto.SyncdPatch.decode(bytes));
  if (patch === undefined) return { mutations, flaws: ["unreadable"] };
  const valueMacs: Buffer[] = [];
  for (const mutation of patch.mutations) {
    const opened = openMutation(mutation, keys);
    if (opened.flaw !== undefined) flaws.push(opened.flaw);
    if (opened.record === undefined) continue;
    const { indexMac, valueMac } = opened.record;
    valueMacs.push(valueMac);
    if (mutation.operation === SyncdOperation.REMOVE) place.hash.remove(indexMac);
    else place.hash.set(indexMac, valueMac);
    if (opened.plain !== undefined) mutations.push(opened.plain);
  }
  const key = keys.find(patch.keyId?.id);
  if (key === undefined) return { mutations, flaws: [...flaws, "unknown-key"] };
  const { collection, version, hash } = place;
  const snapshotMac = Buffer.from(patch.snapshotMac ?? []);
  if (!snapshotMac.equals(snapshotMacOf(hash, version, collection, key))) {
    flaws.push("bad-snapshot-mac");
  }
  const patchMac = patchMacOf(snapshotMac, valueMacs, version, collection, key);
  if (!patchMac.equals(patch.patchMac ?? Buffer.alloc(0))) flaws.push("bad-patch-mac");
  return { mutations, flaws };
}

interface SealedMutation {
  readonly operation: proto.SyncdMutation.SyncdOperation;
  readonly indexMac: Buffer;
  readonly valueMac: Buffer;
  readonly blob: Buffer;
}

function sealMutation(mutation: PlainMutation, key: SyncKey, random: Random): SealedMutation {
  const { valueEncryption } = key.derived;
  const operation = mutation.operation === "set" ? SyncdOperation.SET : SyncdOperation.REMOVE;
  const index = Buffer.from(JSON.stringify(mutation.index));
  const { value, version } = mutation;
  const plain = proto.SyncActionData.encode({
    index,
    value,
    padding: new Uint8Array(0),
    version,
  }).finish();
  const iv = random.bytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-cbc", valueEncryption, iv);
  const encrypted = Buffer.concat([iv, cipher.update(plain), cipher.final()]);
  const valueMac = valueMacOf(operation, encrypted, key);
  const indexMac = hmac(key.derived.index, index);
  return { operation, indexMac, valueMac, blob: Buffer.concat([encrypted, valueMac]) };
}

interface OpenedMutation {
  readonly record?: { readonly indexMac: Buffer; readonly valueMac: Buffer };
  readonly plain?: PlainMutation;
  readonly flaw?: PatchFlaw;
}

function openMutation(mutation: proto.ISyncdMutation, keys: SyncKeys): OpenedMutation {
  const { record, operation } = mutation;
  const blob = Buffer.from(record?.value?.blob ?? []);
  const indexMac = Buffer.from(record?.index?.blob ?? []);
  if (blob.length <= MAC_BYTES + IV_BYTES) return { flaw: "unreadable" };
  const encrypted = blob.subarray(0, -MAC_BYTES);
  const valueMac = blob.subarray(-MAC_BYTES);
  const found = { record: { indexMac, valueMac } };
  const key = keys.find(record?.keyId?.id);
  if (key === undefined) return { ...found, flaw: "unknown-key" };
  if (!valueMac.equals(valueMacOf(operation ?? SyncdOperation.SET, encrypted, key))) {
    return { ...found, flaw: "bad-value-mac" };
  }
  const data = decoded(() => proto.SyncActionData.decode(decrypt(encrypted, key)));
  const index = data?.index && decoded(() => readIndex(Buffer.from(data.index ?? [])));
  if (data === undefined || !index) return { ...found, flaw: "unreadable" };
  const plain: PlainMutation = {
    operation: operation === SyncdOperation.REMOVE ? "remove" : "set",
    index,
    value: plainValue(data.value),
    version: data.version ?? 0,
  };
  const agrees = indexMac.equals(hmac(key.derived.index, Buffer.from(data.index ?? [])));
  return agrees ? { ...found, plain } : { ...found, plain, flaw: "bad-index-mac" };
}

function decrypt(encrypted: Buffer, key: SyncKey): Buffer {
  const iv = encrypted.subarray(0, IV_BYTES);
  const decipher = createDecipheriv("aes-256-cbc", key.derived.valueEncryption, iv);
  return Buffer.concat([decipher.update(encrypted.subarray(IV_BYTES)), decipher.final()]);
}

function readIndex(json: Buffer): readonly string[] {
  const parsed: unknown = JSON.parse(json.toString());
  if (!Array.isArray(parsed)) throw new TypeError("An index is a list");
  return parsed.map(String);
}

/** Numbers instead of `Long`, and nothing that was not set. */
export function plainValue(
  value: proto.ISyncActionValue | null | undefined,
): proto.ISyncActionValue {
  return proto.SyncActionValue.toObject(proto.SyncActionValue.create(value ?? {}), {
    longs: Number,
  });
}

/** What `read` gives, or `undefined` where the bytes are not what they should be. */
function decoded<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    // protobufjs, JSON and the cipher each throw their own kind for bad bytes, and nothing else is done here.
    if (error instanceof Error) return undefined;
    throw error;
  }
}

function valueMacOf(
  operation: proto.SyncdMutation.SyncdOperation,
  encrypted: Buffer,
  key: SyncKey,
): Buffer {
  const kind = Buffer.from([operation === SyncdOperation.SET ? 1 : 2]);
  const length = Buffer.alloc(8);
  length.writeUInt32BE(1 + key.id.length, 4);
  return createHmac("sha512", key.derived.valueMac)
    .update(kind)
    .update(key.id)
    .update(encrypted)
    .update(length)
    .digest()
    .subarray(0, MAC_BYTES);
}

function snapshotMacOf(hash: LtHash, version: number, collection: string, key: SyncKey): Buffer {
  return hmac(key.derived.snapshotMac, hash.digest(), uint64(version), Buffer.from(collection));
}

function patchMacOf(
  snapshotMac: Buffer,
  valueMacs: readonly Buffer[],
  version: number,
  collection: string,
  key: SyncKey,
): Buffer {
  const place = [uint64(version), Buffer.from(collection)];
  return hmac(key.derived.patchMac, snapshotMac, ...valueMacs, ...place);
}

function hmac(key: Buffer, ...parts: readonly Uint8Array[]): Buffer {
  const mac = createHmac("sha256", key);
  for (const part of parts) mac.update(part);
  return mac.digest();
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}
