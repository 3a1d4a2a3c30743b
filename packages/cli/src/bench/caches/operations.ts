import type { Operation } from "../side.ts";
import { type CacheSide, ENTRIES } from "./side.ts";

/** In one step, as one alone takes less time than a clock can tell. */
const AT_ONCE = 10_000;

const keyOf = (number: number): string => `${100_000_000_000_000 + number}@lid`;
const keys: readonly string[] = Array.from({ length: ENTRIES }, (_, number) => keyOf(number));
const strangers: readonly string[] = Array.from({ length: AT_ONCE }, (_, at) =>
  keyOf(ENTRIES + at),
);
// Most of the keys asked for are few of all, as with the chats of a bot.
const asked: readonly string[] = Array.from({ length: AT_ONCE }, (_, at) => {
  const part = ((at * 2_654_435_761) % AT_ONCE) / AT_ONCE;
  return keys[Math.floor(part * part * ENTRIES)] ?? "";
});

/** What Baileys keeps of a user with one device. */
function devicesOf(key: string): object {
  return [{ user: key, server: "lid", device: 0 }];
}

/** Puts there what the operations look for. */
export async function fill({ set }: CacheSide): Promise<void> {
  for (const key of keys) await set(key, devicesOf(key));
}

export const OPERATIONS: readonly Operation<CacheSide>[] = [
  reading("hits", asked, AT_ONCE),
  reading("misses", strangers, 0),
];

function reading(name: string, from: readonly string[], expected: number): Operation<CacheSide> {
  // Each side has a loop of its own, which the engine can fit to it.
  const loops = new Map<CacheSide, () => void>();
  return {
    name,
    count: from.length,
    unit: "M/s",
    prepare(_turn, side) {
      const loop = loops.get(side) ?? loopOf(side, from, expected);
      loops.set(side, loop);
      return loop;
    },
  };
}

function loopOf(side: CacheSide, from: readonly string[], expected: number): () => void {
  const { get, name } = side;
  return () => {
    let found = 0;
    for (const key of from) if (get(key) !== undefined) found++;
    if (found !== expected) throw new Error(`${name} has ${found} of ${expected} entries`);
  };
}
