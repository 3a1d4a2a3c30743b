import { UsageError } from "@motte/core/errors";
import { integerOption } from "@motte/core/options";
import type { Random } from "@motte/core/random";

/** When a fault fires. */
export interface TriggerOptions {
  /** How often it fires before the rule is used up. @defaultValue `1` */
  readonly times?: number | "always";
  /** How many occasions pass before the first one that counts. @defaultValue `0` */
  readonly skip?: number;
  /** The chance, from 0 to 1, that it fires on an occasion; drawn from the server's seed. @defaultValue `1` */
  readonly probability?: number;
}

export const TRIGGER_OPTIONS: readonly (keyof TriggerOptions)[] = ["times", "skip", "probability"];

/** Throws a `UsageError` for options that do not fit. */
export function assertTrigger({ times = 1, skip = 0, probability = 1 }: TriggerOptions): void {
  if (times !== "always") integerOption("times", times, { min: 1 });
  integerOption("skip", skip, { min: 0 });
  if (typeof probability === "number" && probability >= 0 && probability <= 1) return;
  throw new UsageError("USAGE_INVALID_OPTION", "probability must be a number from 0 to 1");
}

/** Decides for one occasion after the other whether a fault fires. */
export class Trigger {
  readonly #left: number;
  readonly #skip: number;
  readonly #probability: number;
  readonly #random: Random;
  #seen = 0;
  #fired = 0;

  constructor({ times = 1, skip = 0, probability = 1 }: TriggerOptions, random: Random) {
    this.#left = times === "always" ? Number.POSITIVE_INFINITY : times;
    this.#skip = skip;
    this.#probability = probability;
    this.#random = random;
  }

  get fired(): number {
    return this.#fired;
  }

  /** It will not fire any more. */
  get exhausted(): boolean {
    return this.#fired >= this.#left;
  }

  /** Whether it fires now. Every occasion draws once, so that what happens later follows from the seed alone. */
  fires(): boolean {
    if (this.exhausted) return false;
    if (this.#seen++ < this.#skip) return false;
    if (this.#random.next() >= this.#probability) return false;
    this.#fired++;
    return true;
  }
}
