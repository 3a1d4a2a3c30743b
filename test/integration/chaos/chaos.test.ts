import { expect, test } from "vitest";
import { runChaos } from "./run-chaos.ts";

const FROM = Number(process.env["CHAOS_FROM"] ?? 0);
const COUNT = Number(process.env["CHAOS_COUNT"] ?? 20);

test.concurrent.each(Array.from({ length: COUNT }, (_, index) => `seed ${FROM + index}`))(
  "nothing is lost or doubled, and the bot is back: chaos %s",
  async (seed) => {
    await expect(runChaos(seed)).resolves.toBeUndefined();
  },
);
