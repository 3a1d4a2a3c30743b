// Whether an operation costs the same however much is stored.
import { join } from "node:path";
import { measure } from "./measure.ts";
import { session } from "./payloads.ts";
import { type Store, sqlite } from "./stores.ts";
import type { Trace } from "./traces.ts";

export interface Growth {
  readonly records: number;
  readonly setP50Ms: number;
  readonly getP50Ms: number;
}

const FILL = 5_000;

/** Sets and gets, uncached and at random places, in a SQLite store of each size. */
export async function measureGrowth(folder: string, sizes: readonly number[]): Promise<Growth[]> {
  const store: Store = sqlite("growth", { durability: "process" }, { cacheBytes: 0 });
  const limits = { budgetMs: 400, minSteps: 50, maxSteps: 3000 };
  const found: Growth[] = [];
  for (const records of sizes) {
    // Steps that walk through the ids by a prime, so that neighbours in time are not neighbours on disk.
    const id = (turn: number): string => `${(turn * 7919) % records}_1.0`;
    const filled = async ([keys]: Parameters<NonNullable<Trace["before"]>>[0]): Promise<void> => {
      for (let from = 0; from < records; from += FILL) {
        const count = Math.min(FILL, records - from);
        const ids = Array.from({ length: count }, (_, index) => `${from + index}_1.0`);
        await keys?.set({ session: Object.fromEntries(ids.map((each) => [each, session()])) });
      }
    };
    const common = { step: "", operations: 1, sessions: 1, before: filled };
    const set: Trace = {
      ...common,
      name: "set",
      prepare: (turn, [keys]) => {
        const data = { session: { [id(turn)]: session() } };
        return async () => keys?.set(data);
      },
    };
    const get: Trace = {
      ...common,
      name: "get",
      prepare:
        (turn, [keys]) =>
        async () =>
          keys?.get("session", [id(turn)]),
    };
    const { p50Ms: setP50Ms } = await measure(set, store, join(folder, `set-${records}`), limits);
    const { p50Ms: getP50Ms } = await measure(get, store, join(folder, `get-${records}`), limits);
    found.push({ records, setP50Ms, getP50Ms });
  }
  return found;
}
