import { createCipheriv, createDecipheriv, scrypt } from "node:crypto";
import protobuf from "protobufjs";
import type { Random } from "@motte/core/random";
import { isObject } from "../codec/bytes.ts";
import { BUNDLE_PROTO } from "./bundle-schema.ts";
import { MigrationError } from "./errors.ts";

const MAGIC = Buffer.from("MOTTE-AUTH");
const VERSION = 1;
const HEADER_AT = MAGIC.length + 1 + 4;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const BLOCK_SIZE = 8;
// A gigabyte of memory. A header that asks for more is damage, or somebody who wants to stall us.
export const COST = { min: 10, max: 20 } as const;

export interface BundleContent {
  readonly createdAtMs: number;
  readonly identityOnly: boolean;
  readonly creds: Uint8Array;
  readonly families: readonly BundleFamily[];
}

export interface BundleFamily {
  readonly type: string;
  readonly records: readonly { readonly id: string; readonly value: Uint8Array }[];
}

interface BundleHeader {
  readonly scryptLogN: number;
  readonly scryptR: number;
  readonly scryptP: number;
  readonly salt: Uint8Array;
  readonly nonce: Uint8Array;
}

const root = protobuf.parse(BUNDLE_PROTO).root;
const headerType = root.lookupType("motte.auth.Header");
const contentType = root.lookupType("motte.auth.Content");

export interface SealOptions {
  readonly passphrase: string;
  /** scrypt's cost as a power of two. */
  readonly cost: number;
  readonly random: Random;
}

/** A bundle file of `content` that only the passphrase opens. */
export async function sealBundle(
  content: BundleContent,
  { passphrase, cost, random }: SealOptions,
): Promise<Uint8Array> {
  const header: BundleHeader = {
    scryptLogN: cost,
    scryptR: BLOCK_SIZE,
    scryptP: 1,
    salt: random.bytes(16),
    nonce: random.bytes(12),
  };
  const encoded = headerType.encode(header).finish();
  const length = Buffer.alloc(4);
  length.writeUInt32BE(encoded.length);
  const clear = Buffer.concat([MAGIC, Buffer.of(VERSION), length, encoded]);
  const cipher = createCipheriv("aes-256-gcm", await keyOf(passphrase, header), header.nonce);
  cipher.setAAD(clear);
  const plain = contentType.encode(content).finish();
  return Buffer.concat([clear, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/**
 * What a bundle file holds.
 *
 * Throws `MIGRATION_BUNDLE_INVALID` for what is no bundle or is cut short, `MIGRATION_BUNDLE_NEWER`, and
 * `MIGRATION_BUNDLE_LOCKED` for a wrong passphrase or an altered file.
 */
export async function openBundle(file: Uint8Array, passphrase: string): Promise<BundleContent> {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.length);
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC) || bytes.length < HEADER_AT) throw invalid();
  const version = bytes.readUInt8(MAGIC.length);
  if (version > VERSION) throw newer(version);
  const sealedAt = HEADER_AT + bytes.readUInt32BE(MAGIC.length + 1);
  if (version !== VERSION || bytes.length < sealedAt + TAG_BYTES) throw invalid();
  const header = readHeader(bytes.subarray(HEADER_AT, sealedAt));
  const key = await keyOf(passphrase, header);
  const decipher = createDecipheriv("aes-256-gcm", key, header.nonce, {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(bytes.subarray(0, sealedAt));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  let plain: Buffer;
  try {
    plain = Buffer.concat([
      decipher.update(bytes.subarray(sealedAt, -TAG_BYTES)),
      decipher.final(),
    ]);
  } catch {
    // OpenSSL says only that the tag does not fit, and does not tell a wrong key from altered bytes.
    throw new MigrationError(
      "MIGRATION_BUNDLE_LOCKED",
      "The bundle does not open: the passphrase is wrong, or the file was cut short or altered",
    );
  }
  return readContent(plain);
}

function readHeader(bytes: Uint8Array): BundleHeader {
  const header = decoded(headerType, bytes);
  const { scryptLogN, scryptR, scryptP, salt, nonce } = header;
  const usable =
    isWithin(scryptLogN, COST.min, COST.max) &&
    isWithin(scryptR, 1, 16) &&
    isWithin(scryptP, 1, 4) &&
    salt instanceof Uint8Array &&
    salt.length >= 16 &&
    nonce instanceof Uint8Array &&
    nonce.length === 12;
  if (!usable) throw invalid();
  return { scryptLogN, scryptR, scryptP, salt, nonce };
}

// Its author had the passphrase, so what stands here is as it was written.
function readContent(bytes: Uint8Array): BundleContent {
  const { createdAtMs, identityOnly, creds, families } = decoded(contentType, bytes);
  const whole =
    typeof createdAtMs === "number" &&
    typeof identityOnly === "boolean" &&
    creds instanceof Uint8Array &&
    isFamilies(families);
  if (!whole) throw invalid();
  return { createdAtMs, identityOnly, creds, families };
}

function isFamilies(value: unknown): value is BundleContent["families"] {
  return (
    Array.isArray(value) &&
    value.every(
      (family) =>
        isObject(family) &&
        typeof family["type"] === "string" &&
        Array.isArray(family["records"]) &&
        family["records"].every(isRecord),
    )
  );
}

function isRecord(value: unknown): boolean {
  return isObject(value) && typeof value["id"] === "string" && value["value"] instanceof Uint8Array;
}

function decoded(type: protobuf.Type, bytes: Uint8Array): Record<string, unknown> {
  try {
    return type.toObject(type.decode(bytes), { bytes: Buffer, arrays: true, defaults: true });
  } catch {
    // Decoding does no I/O: these bytes are not the message.
    throw invalid();
  }
}

function isWithin(value: unknown, min: number, max: number): value is number {
  return typeof value === "number" && value >= min && value <= max;
}

function keyOf(passphrase: string, header: BundleHeader): Promise<Buffer> {
  const { scryptLogN, scryptR: r, scryptP: p, salt } = header;
  const N = 2 ** scryptLogN;
  const settings = { N, r, p, maxmem: 256 * N * r };
  // The same text typed on different systems comes in different Unicode forms.
  const secret = passphrase.normalize("NFKC");
  return new Promise((resolve, reject) => {
    scrypt(secret, salt, KEY_BYTES, settings, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}

function invalid(): MigrationError {
  return new MigrationError(
    "MIGRATION_BUNDLE_INVALID",
    "This is not a whole bundle of exportBundle(): check that the file was copied completely",
  );
}

function newer(version: number): MigrationError {
  return new MigrationError(
    "MIGRATION_BUNDLE_NEWER",
    `The bundle has format ${version}, and this version reads format ${VERSION}: upgrade @motte/auth-stores`,
  );
}
