import type { Random, SeededRandom } from "@motte/core/random";
import { SeededStream } from "./seeded-stream.ts";

/** What bytes of the moment are drawn for. */
export type RandomUse =
  "noise" | "qr" | "pairing-code" | "media-access" | "media-keys" | "calls" | "padding" | "content";

/**
 * Where keys, salts and padding of the moment come from: a stream of the seed for each use, so that what one client
 * makes the server draw leaves the rest as it was.
 */
export class Randomness {
  readonly #seed: SeededRandom;
  readonly #given: Random | undefined;
  readonly #streams = new Map<RandomUse, SeededStream>();

  /** @param given Takes the place of every stream, and is in no snapshot */
  constructor(seed: SeededRandom, given: Random | undefined) {
    this.#seed = seed;
    this.#given = given;
  }

  for(use: RandomUse): Random {
    return this.#given ?? this.#stream(use);
  }

  toSnapshot(): RandomnessSnapshot {
    const drawn = [...this.#streams].map(([use, stream]) => ({ use, drawn: stream.toSnapshot() }));
    // Whether anybody has asked for a stream yet, and in which order, says nothing.
    return drawn.filter((each) => each.drawn > 0).toSorted((a, b) => (a.use < b.use ? -1 : 1));
  }

  fromSnapshot(snapshot: RandomnessSnapshot): void {
    // Those who draw keep hold of a stream, so all of them are put back instead of being dropped.
    for (const stream of this.#streams.values()) stream.fromSnapshot(0);
    for (const { use, drawn } of snapshot) this.#stream(use).fromSnapshot(drawn);
  }

  #stream(use: RandomUse): SeededStream {
    const known = this.#streams.get(use);
    if (known !== undefined) return known;
    const stream = new SeededStream(this.#seed.fork(use));
    this.#streams.set(use, stream);
    return stream;
  }
}

/** How many bytes were drawn for each use. */
export type RandomnessSnapshot = readonly { readonly use: RandomUse; readonly drawn: number }[];
