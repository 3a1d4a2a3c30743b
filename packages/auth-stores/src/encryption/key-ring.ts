import { type KeyObject, createHmac, createSecretKey, timingSafeEqual } from "node:crypto";
import { systemRandom } from "@motte/core/random";
import { isObject } from "../codec/bytes.ts";
import { AuthStoreError } from "../errors.ts";
import { openBox, sealBox } from "./box.ts";
import { type DataKey, type StoredDataKey, newDataKey, openDataKey } from "./data-key.ts";
import type { KeyProvider } from "./key-provider.ts";
import { KEY_BYTES } from "./secret-key.ts";

/** The name of the session's meta entry that holds the ring. */
export const RING_META = "encryption";

const SCHEMA = 1;

/** Everything a session needs to be read and written. Never changed in place. */
export interface KeyRing {
  /** The newest last; it encrypts, the others only decrypt. */
  readonly keys: readonly [...DataKey[], DataKey];
  /** Hides the ids; `undefined` in a session whose ids are stored as they are. */
  readonly index: KeyObject | undefined;
  /** How many writes of the newest key are accounted for. */
  readonly writes: number;
  /** The earlier creds are still as they were before the session was encrypted. */
  readonly plainHistory: boolean;
}

export async function newRing(provider: KeyProvider, hideIds: boolean): Promise<KeyRing> {
  return {
    keys: [await newDataKey(provider, 1)],
    index: hideIds ? createSecretKey(systemRandom.bytes(KEY_BYTES)) : undefined,
    writes: 0,
    plainHistory: false,
  };
}

/** The ring with one more data key, which encrypts from now on. */
export async function withNewKey(ring: KeyRing, provider: KeyProvider): Promise<KeyRing> {
  const next = await newDataKey(provider, newestKey(ring).generation + 1);
  return { ...ring, keys: [...ring.keys, next], writes: 0 };
}

export function newestKey(ring: KeyRing): DataKey {
  const [oldest, ...newer] = ring.keys;
  return newer.at(-1) ?? oldest;
}

/** The ring as stored: wrapped data keys, authenticated under the newest of them together with the session's id. */
export function encodeRing(sessionId: string, ring: KeyRing): Uint8Array {
  const newest = newestKey(ring);
  const body = JSON.stringify({
    schema: SCHEMA,
    keys: ring.keys.map(({ generation, keyId, wrapped }) => ({
      generation,
      keyId,
      wrapped: Buffer.from(wrapped).toString("base64"),
    })),
    ...(ring.index !== undefined && {
      index: sealBox(newest.ring, indexBound(sessionId), ring.index.export()).toString("base64"),
    }),
    writes: ring.writes,
    plainHistory: ring.plainHistory,
  });
  return Buffer.concat([macOf(newest, sessionId, body), Buffer.from(body)]);
}

export interface OpenedRing {
  readonly ring: KeyRing;
  /** Some data keys have been wrapped again, so the ring must be stored. */
  readonly rewrapped: boolean;
}

/** Reads a stored ring. Throws `AUTH_STORE_WRONG_KEY`, or `AUTH_STORE_CORRUPT` for one that is damaged. */
export async function openRing(
  sessionId: string,
  bytes: Uint8Array,
  provider: KeyProvider,
): Promise<OpenedRing> {
  const body = Buffer.from(bytes.subarray(MAC_BYTES)).toString();
  const stored = parseRing(sessionId, body);
  const opened: DataKey[] = [];
  for (const key of stored.keys) opened.push(await openDataKey(provider, key, sessionId));
  const keys = nonEmpty(opened);
  if (keys === undefined) throw damagedRing(sessionId);
  const ring = { keys, index: undefined, writes: stored.writes, plainHistory: stored.plainHistory };
  const newest = newestKey(ring);
  const mac = Buffer.from(bytes.subarray(0, MAC_BYTES));
  if (!timingSafeEqual(mac, macOf(newest, sessionId, body))) throw damagedRing(sessionId);

  const rewrapped = opened.some(({ keyId }, index) => keyId !== stored.keys[index]?.keyId);
  if (stored.index === undefined) return { ring, rewrapped };
  const index = openBox(newest.ring, indexBound(sessionId), stored.index);
  if (index === undefined) throw damagedRing(sessionId);
  return { ring: { ...ring, index: createSecretKey(index) }, rewrapped };
}

const MAC_BYTES = 32;

function macOf(key: DataKey, sessionId: string, body: string): Buffer {
  return createHmac("sha256", key.ring)
    .update(JSON.stringify(["ring", SCHEMA, sessionId]))
    .update(body)
    .digest();
}

function indexBound(sessionId: string): Uint8Array {
  return Buffer.from(JSON.stringify(["index", SCHEMA, sessionId]));
}

interface StoredRing {
  readonly keys: readonly StoredDataKey[];
  readonly index: Uint8Array | undefined;
  readonly writes: number;
  readonly plainHistory: boolean;
}

function parseRing(sessionId: string, body: string): StoredRing {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch (error) {
    throw damagedRing(sessionId, error);
  }
  if (!isObject(parsed)) throw damagedRing(sessionId);
  const { schema, keys, index, writes, plainHistory } = parsed;
  if (typeof schema === "number" && schema > SCHEMA) {
    throw new AuthStoreError(
      "AUTH_STORE_SCHEMA_NEWER",
      "A newer version of @motte/auth-stores encrypted this session: upgrade the package",
      { sessionId },
    );
  }
  if (!Array.isArray(keys) || typeof writes !== "number") throw damagedRing(sessionId);
  return {
    keys: keys.map((key) => {
      if (!isStoredKey(key)) throw damagedRing(sessionId);
      const { generation, keyId, wrapped } = key;
      return { generation, keyId, wrapped: Buffer.from(wrapped, "base64") };
    }),
    index: typeof index === "string" ? Buffer.from(index, "base64") : undefined,
    writes,
    plainHistory: plainHistory === true,
  };
}

function isStoredKey(
  value: unknown,
): value is { generation: number; keyId: string; wrapped: string } {
  if (!isObject(value)) return false;
  const { generation, keyId, wrapped } = value;
  return typeof generation === "number" && typeof keyId === "string" && typeof wrapped === "string";
}

function nonEmpty<T>([first, ...rest]: readonly T[]): [...T[], T] | undefined {
  if (first === undefined) return undefined;
  const last = rest.pop();
  return last === undefined ? [first] : [first, ...rest, last];
}

function damagedRing(sessionId: string, cause?: unknown): AuthStoreError {
  return new AuthStoreError(
    "AUTH_STORE_CORRUPT",
    "The session's key record is damaged, so nothing of it can be decrypted. Nothing was changed: restore a backup",
    { sessionId, cause },
  );
}
