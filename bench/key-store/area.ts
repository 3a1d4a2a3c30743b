// What `motte bench key-store` measures on a user's machine, here on ours: its ratios are shipped as the reference.
import { join } from "node:path";
import { CleanupStack } from "@motte/core/cleanup";
import { measureKeyStores } from "../../packages/cli/src/bench/key-store/measure.ts";
import { BASE, type KeyStoreSide } from "../../packages/cli/src/bench/key-store/side.ts";
import { openBase, openThrowAway } from "../../packages/cli/src/bench/key-store/throw-away.ts";
import { withUnit } from "../../packages/cli/src/bench/report/numbers.ts";
import { parseStoreName } from "../../packages/cli/src/stores/store-name.ts";
import { startRedis } from "../../test/support/redis-server.ts";
import type { Area } from "../harness/area.ts";
import { shipReference } from "../harness/shipped-reference.ts";

const ROUNDS = { quick: 3, normal: 9, full: 15 };
const BUDGET_MS = 120;

export const keyStores: Area = {
  name: "key-store",
  title: "Key stores, as motte bench measures them",
  about: `The stores that a user may name, without a cache in front of them, in turns. Ratios are to ${BASE} of Baileys.`,
  durability: "each store says what an acknowledged write survives",
  benches: [],
  async run({ mode, folder, environment, print }) {
    await using cleanup = new CleanupStack();
    const redis = cleanup.use(await startRedis(["--appendonly", "yes", "--save", ""]));
    const names = [
      `sqlite:${join(folder, "wa.db")}`,
      `file:${join(folder, "auth")}`,
      `files:${join(folder, "sessions")}`,
      redis.url,
      "memory:",
    ].map(parseStoreName);
    const sides: KeyStoreSide[] = [];
    for (const name of names) {
      // By its kind: the path is another in every run.
      sides.push({ ...(await openThrowAway(name, cleanup)), name: name.kind });
    }
    sides.push(await openBase(names, cleanup));
    const figures = await measureKeyStores(sides, {
      rounds: ROUNDS[mode],
      budgetMs: BUDGET_MS,
      fewestSteps: 3,
      signal: new AbortController().signal,
      reference: { measuredOn: "", ratios: {} },
    });
    for (const { group, name, value, unit } of figures) {
      print(`  ${group.padEnd(18)} ${name.padEnd(24)} ${withUnit(value, unit)}`);
    }
    return {
      figures,
      detail: { figures },
      write: () => shipReference("key-store", "key-store", figures, environment),
    };
  },
};
