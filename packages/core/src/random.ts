import { createHash, randomBytes } from "node:crypto";

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
  let block = 0;

  const bytes = (length: number): Buffer => {
    const parts = [pool];
    for (let have = pool.length; have < length; have += 32) {
      parts.push(createHash("sha256").update(`${name}\0${block++}`).digest());
    }
    const all = Buffer.concat(parts);
    pool = all.subarray(length);
    return Buffer.from(all.subarray(0, length));
  };

  return {
    seed: name,
    bytes,
    next: () => bytes(6).readUIntBE(0, 6) / 2 ** 48,
    // The separator cannot occur in a counter, so a fork never meets its parent's blocks.
    fork: (label) => seededRandom(`${name}\u0001${label}`),
  };
}
