import { type Random, seededRandom } from "@motte/core/random";
import type { SignalDataTypeMap, SignalKeyStore } from "@whiskeysockets/baileys";

/** What Baileys asks of a key store, as far as a bench does. */
export interface Keys {
  get(type: "session", ids: string[]): unknown;
  set(data: { readonly session: Readonly<Record<string, object>> }): unknown;
}

/** One thing that is asked of every store, again and again. */
export interface Operation {
  readonly name: string;
  /** Makes the values of one step, which is not measured, and gives back the step. */
  prepare(turn: number, keys: Keys): () => unknown;
}

/** How many records there are from the beginning. */
export const RECORDS = 1_000;

// A Signal session of one device is about a kilobyte of text.
const CHAIN_TEXT = 900;
const POOL_BYTES = 200_000;

const random: Random = seededRandom("motte bench");
const pool = Buffer.from(random.bytes(POOL_BYTES)).toString("base64");

export const OPERATIONS: readonly Operation[] = [
  setOf(1),
  setOf(100),
  setOf(1_000),
  getOf(1),
  getOf(100),
];

/** Baileys' key store with the one family a bench needs. */
export function keysOf(store: SignalKeyStore): Keys {
  return {
    get: (type, ids) => store.get(type, ids),
    // Baileys' type says bytes; what libsignal stores is an object (libsignal's session_record.js, serialize).
    set: ({ session }) =>
      store.set({ session: session as unknown as Record<string, SignalDataTypeMap["session"]> }),
  };
}

/** Puts there what the operations look for. */
export async function fill(keys: Keys): Promise<void> {
  await keys.set({ session: sessions(0, RECORDS) });
}

function setOf(count: number): Operation {
  return {
    name: count === 1 ? "set 1 record" : `set ${count} records`,
    prepare(turn, keys) {
      const data = { session: sessions(turn * count, count) };
      return () => keys.set(data);
    },
  };
}

function getOf(count: number): Operation {
  return {
    name: count === 1 ? "get 1 record" : `get ${count} records`,
    prepare(turn, keys) {
      // Steps by a prime, so that neighbours in time are not neighbours in the store.
      const ids = Array.from({ length: count }, (_, index) => idOf(turn * 389 + index));
      return () => keys.get("session", ids);
    },
  };
}

/** Records that differ at every step: SQLite leaves out pages that did not change. */
function sessions(from: number, count: number): Record<string, object> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [idOf(from + index), session()]),
  );
}

function session(): object {
  const start = Math.floor(random.next() * (pool.length - CHAIN_TEXT));
  const chain = pool.slice(start, start + CHAIN_TEXT);
  return { _sessions: { [chain.slice(0, 44)]: { registrationId: 7, chain } }, version: "v1" };
}

function idOf(number: number): string {
  return `bench${number % RECORDS}_1.0`;
}
