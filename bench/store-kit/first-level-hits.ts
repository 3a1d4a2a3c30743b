import { LRUCache } from "lru-cache";
import { type BaileysCacheStore, baileysCaches, lru, minutes } from "@motte/store-kit";
import { type Figure, bestOf } from "./figure.ts";

// As many as `baileysCaches` keeps device lists for.
const KEYS = 20_000;
// So few that some rounds are not disturbed, whatever else the machine does.
const HITS = 50_000;
const ROUNDS = 200;

/** A hit in `lru()` as it comes, and in what Baileys is given, beside lru-cache with the same bound and life. */
export async function firstLevelHits(): Promise<readonly Figure[]> {
  const keys = Array.from({ length: KEYS }, (_, n) => `${n}@lid`);
  // Most of the keys asked for are few of all, as with the chats of a bot.
  const asked = Array.from({ length: HITS }, (_, n) => {
    const part = ((n * 2_654_435_761) % HITS) / HITS;
    return keys[Math.floor(part * part * KEYS)] ?? "";
  });
  const bounds = { max: KEYS, ttl: minutes(5) };
  const raw = new LRUCache<string, object>(bounds);
  const own = lru<object>(bounds);
  const store: BaileysCacheStore = baileysCaches({ account: "bench" }).userDevicesCache;
  for (const key of keys) {
    const devices = [{ user: key, server: "lid", device: 0 }];
    raw.set(key, devices);
    own.set(key, devices);
    await store.set(key, devices);
  }
  let found = 0;
  const best = await bestOf(ROUNDS, {
    raw: () => {
      for (const key of asked) if (raw.get(key) !== undefined) found++;
    },
    own: () => {
      for (const key of asked) if (own.get(key) !== undefined) found++;
    },
    store: () => {
      for (const key of asked) if (store.get(key) !== undefined) found++;
    },
  });
  let promises = 0;
  for (const key of asked) if (store.get(key) instanceof Promise) promises++;
  if (found !== HITS * ROUNDS * 3) throw new Error("Not every key was found");
  const nanoseconds = (ms: number): number => (ms * 1e6) / HITS;
  const beside = [
    { name: "raw lru-cache with ttl", value: nanoseconds(best.raw), unit: "ns" },
    { name: "lru()", value: nanoseconds(best.own), unit: "ns" },
    { name: "userDevicesCache of baileysCaches()", value: nanoseconds(best.store), unit: "ns" },
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
      what: "a hit in what Baileys is given, beside raw lru-cache",
      measured: best.store / best.raw,
      unit: "x",
      goal: 1.3,
    },
    {
      what: "promises in these hits",
      measured: promises,
      unit: "promises",
      goal: 0,
    },
  ];
}
