import { hash, randomBytes } from "node:crypto";

/** Where numbers and key bytes come from. Passed in, so that a run can be repeated from its seed. */
export interface Random {
  /** A number in `[0, 1)`. */
  next(): number;
  /** `length` bytes, fit for keys when the source is `systemRandom`. */
  bytes(length: number): Buffer;
}

/** The machine's own randomness. */
export const systemRandom: Random = {
  next: () => Math.random(),
  bytes: (length) => randomBytes(length),
};

/** A repeatable source that can be split by name. */
export interface SeededRandom extends Random {
  readonly seed: string;
  /** An independent source; what is drawn from it does not move this one, so adding a draw in one place leaves the others as they were. */
  fork(label: string): SeededRandom;
}

/** The same seed gives the same numbers and bytes on every machine: SHA-256 over the seed and a counter. */
export function seededRandom(seed: string | number): SeededRandom {
  const name = String(seed);
  let pool = Buffer.alloc(0);
  let used = 0;
  let block = 0;

  /** Uses up the next `length` bytes of the pool, and says where they begin. */
  const take = (length: number): number => {
    if (pool.length - used < length) {
      const parts = [pool.subarray(used)];
      for (let have = pool.length - used; have < length; have += 32) {
        parts.push(hash("sha256", `${name}\0${block++}`, "buffer"));
      }
      pool = Buffer.concat(parts);
      used = 0;
    }
    used += length;
    return used - length;
  };
  const bytes = (length: number): Buffer => {
    const from = take(length);
    return Buffer.from(pool.subarray(from, used));
  };

  return {
    seed: name,
    bytes,
    next: () => {
      const from = take(6);
      return pool.readUIntBE(from, 6) / 2 ** 48;
    },
    // The separator cannot occur in a counter, so a fork never meets its parent's blocks.
    fork: (label) => seededRandom(`${name}\u0001${label}`),
  };
}
