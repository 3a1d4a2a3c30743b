import { afterAll, expect, test } from "vitest";
import { takeRejections } from "../faults/rejections.ts";
import { runChaos } from "./run-chaos.ts";

/** How many seeds a file takes: files run beside each other, so there are several. */
const PER_FILE = 50;

/** One test for each of the seeds from `first` on. A seed that breaks an invariant is a bug: it is fixed and stays here. */
export function chaosOfSeeds(first: number): void {
  test.concurrent.each(Array.from({ length: PER_FILE }, (_, index) => `seed ${first + index}`))(
    "nothing is lost or doubled, and the bot is back: chaos of %s",
    async (seed) => {
      await expect(runChaos(seed)).resolves.toBeUndefined();
    },
    240_000,
  );

  afterAll(async () => {
    // What Baileys leaves behind of connections that end under it is its own, and ends no process that knows it.
    const left = await takeRejections();
    expect(left.filter((message) => message !== "Connection Closed")).toEqual([]);
  });
}
