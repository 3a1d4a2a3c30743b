import { LRUCache } from "lru-cache";
import { asCacheStore, lru, milliseconds, minutes } from "@motte/store-kit";
import { type Figure, bestOf } from "./figure.ts";

const KEYS = 50_000;
const HITS = 1_000_000;

/** A hit in the first level, and the same through what Baileys is given. */
export async function firstLevelHits(): Promise<readonly Figure[]> {
  const keys = Array.from({ length: KEYS }, (_, n) => `${n}@lid`);
  // Most of the keys asked for are few of all, as with the chats of a bot.
  const asked = Array.from({ length: HITS }, (_, n) => {
    const part = ((n * 2_654_435_761) % HITS) / HITS;
    return keys[Math.floor(part * part * KEYS)] ?? "";
  });
  const raw = new LRUCache<string, number>({ max: KEYS, ttl: 300_000 });
  const own = lru<number>({ max: KEYS, ttl: minutes(5), ttlResolution: milliseconds(1) });
  const store = asCacheStore<number>(
    lru<number>({ max: KEYS, ttl: minutes(5), ttlResolution: milliseconds(1) }),
    {
      account: "bench",
      namespace: "devices",
      guard: (_key, value) => (typeof value === "number" ? value : undefined),
      exclusive: true,
    },
  );
  for (const [n, key] of keys.entries()) {
    raw.set(key, n);
    own.set(key, n);
    void store.set(key, n);
  }
  let promises = 0;
  let found = 0;
  const best = await bestOf(7, {
    raw: () => {
      for (const key of asked) if (raw.get(key) !== undefined) found++;
    },
    own: () => {
      for (const key of asked) if (own.get(key) !== undefined) found++;
    },
    store: () => {
      for (const key of asked) {
        const value: unknown = store.get(key);
        if (value instanceof Promise) promises++;
        else if (value !== undefined) found++;
      }
    },
  });
  if (found < HITS * 7 * 2) throw new Error("Not every key was found");
  const nanoseconds = (ms: number): number => (ms * 1e6) / HITS;
  const beside = [
    { name: "raw lru-cache with ttl", value: nanoseconds(best.raw), unit: "ns" },
    { name: "lru()", value: nanoseconds(best.own), unit: "ns" },
    { name: "asCacheStore(lru())", value: nanoseconds(best.store), unit: "ns" },
  ];
  return [
    {
      what: "a hit in lru(), beside raw lru-cache",
      measured: best.own / best.raw,
      unit: "x",
      goal: 1.3,
      beside,
    },
    {
      what: "promises in a million hits through asCacheStore",
      measured: promises,
      unit: "promises",
      goal: 0,
    },
  ];
}
