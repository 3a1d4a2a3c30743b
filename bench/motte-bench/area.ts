// What the other areas of `motte bench` measure on a user's machine, here on ours: their ratios are shipped as the
// references. Those of its key stores come from `key-store`.
import { join } from "node:path";
import { CleanupStack } from "@motte/core/cleanup";
import type { AreaOptions } from "../../packages/cli/src/bench/area.ts";
import { AREAS } from "../../packages/cli/src/bench/areas.ts";
import type { Figure } from "../../packages/cli/src/bench/figure.ts";
import { withUnit } from "../../packages/cli/src/bench/report/numbers.ts";
import { parseStoreName } from "../../packages/cli/src/stores/store-name.ts";
import { startRedis } from "../../test/support/redis-server.ts";
import type { Area } from "../harness/area.ts";
import { shipReference } from "../harness/shipped-reference.ts";

const NAME = "motte-bench";
const OWN = AREAS.filter(({ name }) => name !== "key-store");
const ROUNDS = { quick: 5, normal: 9, full: 15 };

export const motteBench: Area = {
  name: NAME,
  title: "Migration, messages and caches, as motte bench measures them",
  about:
    "What a user sees of the areas that motte bench has besides the key stores, each beside the least that the same work can cost.",
  durability: "each side says what it survives",
  benches: OWN.map(({ name }) => name),
  async run({ mode, folder, environment, only, print }) {
    await using cleanup = new CleanupStack();
    const redis = cleanup.use(await startRedis(["--appendonly", "yes", "--save", ""]));
    const options: AreaOptions = {
      stores: [],
      targets: [],
      keys: undefined,
      rounds: ROUNDS[mode],
      quick: mode === "quick",
      signal: new AbortController().signal,
      output: { out: () => {}, error: () => {} },
    };
    const targets = [
      `sqlite:${join(folder, "wa.db")}`,
      `files:${join(folder, "sessions")}`,
      redis.url,
    ].map(parseStoreName);
    const found: { readonly area: string; readonly figures: readonly Figure[] }[] = [];
    for (const { name, takes, load } of OWN) {
      if (only !== undefined && only !== name) continue;
      const area = await load();
      const result = await area.run(takes.includes("to") ? { ...options, targets } : options);
      // By the kind of a store: its path is another in every run.
      const figures = result.figures.map((figure) => ({
        ...figure,
        group: `${name}: ${withoutPaths(figure.group, targets)}`,
      }));
      for (const { group, name: side, value, unit } of figures) {
        print(`  ${group.padEnd(40)} ${side.padEnd(24)} ${withUnit(value, unit)}`);
      }
      found.push({ area: name, figures });
    }
    return {
      figures: found.flatMap(({ figures }) => figures),
      detail: { areas: found },
      write: async () => {
        for (const { area, figures } of found) {
          await shipReference(area, NAME, figures, environment);
        }
      },
    };
  },
};

function withoutPaths(group: string, targets: AreaOptions["targets"]): string {
  return targets.reduce((shown, { text, kind }) => shown.replace(text, kind), group);
}
