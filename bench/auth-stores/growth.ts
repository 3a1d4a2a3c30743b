// Whether an operation costs the same however much is stored.
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { measure } from "./measure.ts";
import { session } from "./payloads.ts";
import { RAW, STORES, type Store, sqlite } from "./stores.ts";
import type { Trace } from "./traces.ts";

export interface Growth {
  readonly records: number;
  readonly setP50Ms: number;
  readonly getP50Ms: number;
  /** A get with a raw statement from a table of that size. */
  readonly rawGetP50Ms: number;
}

const FILL = 5_000;
const OURS: Store = sqlite("growth", { durability: "process" }, { cacheBytes: 0 });

/** Sets and gets, uncached and at random places, in a SQLite store of each size. */
export async function measureGrowth(folder: string, sizes: readonly number[]): Promise<Growth[]> {
  const stores = [OURS, ...STORES.filter(({ name }) => name === RAW)];
  const limits = { warmUps: 2, rounds: 4, budgetMs: 300, maxSteps: 2000 };
  const found: Growth[] = [];
  for (const records of sizes) {
    // Steps that walk through the ids by a prime, so that neighbours in time are not neighbours on disk.
    const id = (turn: number): string => `${(turn * 7919) % records}_1.0`;
    const filled: NonNullable<Trace["before"]> = async ([keys]) => {
      for (let from = 0; from < records; from += FILL) {
        const count = Math.min(FILL, records - from);
        const ids = Array.from({ length: count }, (_, index) => `${from + index}_1.0`);
        await keys?.set({ session: Object.fromEntries(ids.map((each) => [each, session()])) });
      }
    };
    const set: Trace = {
      name: "set",
      step: "",
      operations: 1,
      sessions: 1,
      payloads: 1,
      before: filled,
      prepare: (turn, [keys]) => {
        const data = { session: { [id(turn)]: session() } };
        return async () => keys?.set(data);
      },
    };
    const get: Trace = {
      ...set,
      name: "get",
      prepare:
        (turn, [keys]) =>
        async () =>
          keys?.get("session", [id(turn)]),
    };
    const where = join(folder, `growth-${records}`);
    await mkdir(where, { recursive: true });
    const [sets, gets] = await measure([set, get], stores, where, limits);
    found.push({
      records,
      setP50Ms: sets?.get(OURS.name)?.p50Ms ?? Number.NaN,
      getP50Ms: gets?.get(OURS.name)?.p50Ms ?? Number.NaN,
      rawGetP50Ms: gets?.get(RAW)?.p50Ms ?? Number.NaN,
    });
    await rm(where, { recursive: true, force: true });
  }
  return found;
}
