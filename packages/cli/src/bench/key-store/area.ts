import { tmpdir } from "node:os";
import { join } from "node:path";
import { CleanupStack } from "@motte/core/cleanup";
import { systemClock } from "@motte/core/clock";
import { parseStoreName } from "../../stores/store-name.ts";
import { Progress } from "../../terminal/progress.ts";
import type { BenchArea } from "../area.ts";
import { assertBenchable } from "../bench-store.ts";
import { folderFor, ownFolder } from "../../stores/own-folder.ts";
import { measureKeyStores } from "./measure.ts";
import { REFERENCE } from "./reference.ts";
import { BASE, type KeyStoreSide } from "./side.ts";
import { openBase, openThrowAway } from "./throw-away.ts";

const PACES = {
  normal: { budgetMs: 120, fewestSteps: 3 },
  quick: { budgetMs: 10, fewestSteps: 1 },
};
// What is measured where no store is named.
const DEFAULTS = ["sqlite:wa.db", "files:sessions", "memory:"];

export const keyStore: BenchArea = {
  folder: ({ stores }) => folderFor(stores),
  async check({ stores }) {
    for (const store of stores) await assertBenchable(store);
  },
  async run({ stores, rounds, quick, signal, output }) {
    const progress = new Progress(output, systemClock, "turns");
    await using cleanup = new CleanupStack();
    const names = stores.length > 0 ? stores : await defaultStores(cleanup);
    const sides: KeyStoreSide[] = [];
    for (const name of names) sides.push(await openThrowAway(name, cleanup));
    sides.push(await openBase(names, cleanup));
    cleanup.defer(() => progress.end());
    const figures = await measureKeyStores(sides, {
      rounds,
      ...PACES[quick ? "quick" : "normal"],
      signal,
      reference: REFERENCE,
      onTurn: (done, total) => progress.step({ phase: "measuring", done, total }),
    });
    return {
      title: "Key stores",
      about: `Every store is asked for the same, in turns, without a cache in front of it. Ratios are to ${BASE} of Baileys in the same run.`,
      durability: "each store says what an acknowledged write survives",
      reference: REFERENCE.measuredOn,
      figures,
    };
  },
};

async function defaultStores(cleanup: CleanupStack) {
  const folder = await ownFolder(tmpdir(), cleanup, "bench");
  return DEFAULTS.map((text) => {
    const name = parseStoreName(text);
    return name.place === "" ? name : { ...name, place: join(folder, name.place) };
  });
}
