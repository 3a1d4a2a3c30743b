import { type Random, seededRandom } from "@motte/core/random";
import type { Operation } from "../side.ts";
import type { KeyStoreSide, Keys } from "./side.ts";

/** How many records there are from the beginning. */
const RECORDS = 1_000;

// Sender keys of groups and sessions of devices are about as large.
const VALUE_BYTES = 1_000;

const random: Random = seededRandom("motte bench");
const pool = random.bytes(200_000);

export const OPERATIONS: readonly Operation<KeyStoreSide>[] = [
  setOf(1),
  setOf(100),
  setOf(1_000),
  getOf(1),
  getOf(100),
];

/** Puts there what the operations look for. */
export async function fill(keys: Keys): Promise<void> {
  await keys.set({ "sender-key": values(0, RECORDS) });
}

function setOf(count: number): Operation<KeyStoreSide> {
  return {
    name: count === 1 ? "set 1 record" : `set ${count} records`,
    prepare(turn, { keys }) {
      const data = { "sender-key": values(turn * count, count) };
      return () => keys.set(data);
    },
  };
}

function getOf(count: number): Operation<KeyStoreSide> {
  return {
    name: count === 1 ? "get 1 record" : `get ${count} records`,
    prepare(turn, { keys }) {
      // Steps by a prime, so that neighbours in time are not neighbours in the store.
      const ids = Array.from({ length: count }, (_, index) => idOf(turn * 389 + index));
      return () => keys.get("sender-key", ids);
    },
  };
}

/** Values that differ at every step: SQLite leaves out pages that did not change. */
function values(from: number, count: number): Record<string, Uint8Array> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [idOf(from + index), value()]),
  );
}

function value(): Uint8Array {
  const start = Math.floor(random.next() * (pool.length - VALUE_BYTES));
  return pool.subarray(start, start + VALUE_BYTES);
}

// An id of a sender key is the group's and the sender's.
function idOf(number: number): string {
  return `bench@g.us::${number % RECORDS}::0`;
}
