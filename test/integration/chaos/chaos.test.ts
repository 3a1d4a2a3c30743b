import { expect, test } from "vitest";
import { runChaos } from "./run-chaos.ts";

test.each(Array.from({ length: 10 }, (_, index) => `seed ${index}`))(
  "nothing is lost or doubled, and the bot is back: chaos %s",
  async (seed) => {
    await expect(runChaos(seed)).resolves.toBeUndefined();
  },
);
