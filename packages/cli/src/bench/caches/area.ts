import { tmpdir } from "node:os";
import { CleanupStack } from "@motte/core/cleanup";
import { systemClock } from "@motte/core/clock";
import { Progress } from "../../terminal/progress.ts";
import type { BenchArea } from "../area.ts";
import { measured } from "../measure.ts";
import { OPERATIONS, fill } from "./operations.ts";
import { REFERENCE } from "./reference.ts";
import { BASE, ENTRIES, cacheSides } from "./side.ts";

const PACES = {
  normal: { budgetMs: 200, fewestSteps: 20 },
  quick: { budgetMs: 20, fewestSteps: 5 },
};

export const caches: BenchArea = {
  folder: () => tmpdir(),
  // It takes no options of its own.
  check: () => Promise.resolve(),
  async run({ rounds, quick, signal, output }) {
    const progress = new Progress(output, systemClock, "turns");
    await using cleanup = new CleanupStack();
    const sides = cacheSides();
    for (const side of sides) await fill(side);
    cleanup.defer(() => progress.end());
    const figures = await measured(OPERATIONS, sides, BASE, {
      rounds,
      ...PACES[quick ? "quick" : "normal"],
      signal,
      reference: REFERENCE,
      onTurn: (done, total) => progress.step({ phase: "measuring", done, total }),
    });
    return {
      title: "Caches",
      about: [
        `Millions of lookups a second in caches of ${ENTRIES.toLocaleString("en")} entries in this process: lru(), and the`,
        "userDevicesCache of baileysCaches(), both bounded in entries and time. Ratios are to a Map, which",
        "forgets nothing: what has to keep an order of use and look at a clock cannot be as fast.",
      ].join(" "),
      durability: "nothing is written",
      reference: REFERENCE.measuredOn,
      figures,
    };
  },
};
