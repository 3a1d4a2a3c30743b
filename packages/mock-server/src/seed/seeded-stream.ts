import { type Random, type SeededRandom, seededRandom } from "@motte/core/random";

const SKIPPED_AT_ONCE = 64 * 1024;

/** A source of bytes that follow from a seed, and that knows how many were drawn: a snapshot goes on from there. */
export class SeededStream implements Random {
  readonly seed: string;
  #source: SeededRandom;
  #drawn = 0;

  constructor({ seed }: Pick<SeededRandom, "seed">) {
    this.seed = seed;
    this.#source = seededRandom(seed);
  }

  bytes(length: number): Buffer {
    this.#drawn += length;
    return this.#source.bytes(length);
  }

  next(): number {
    return this.bytes(6).readUIntBE(0, 6) / 2 ** 48;
  }

  /** How many bytes were drawn. */
  toSnapshot(): number {
    return this.#drawn;
  }

  fromSnapshot(drawn: number): void {
    this.#source = seededRandom(this.seed);
    this.#drawn = 0;
    while (this.#drawn < drawn) this.bytes(Math.min(drawn - this.#drawn, SKIPPED_AT_ONCE));
  }
}
