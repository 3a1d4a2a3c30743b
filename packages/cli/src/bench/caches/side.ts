import { baileysCaches, lru, minutes } from "@motte/store-kit";
import type { Side } from "../side.ts";

/** What every figure is relative to: it keeps everything for ever, so that nothing that forgets can be as fast. */
export const BASE = "a Map";

/** As many as `baileysCaches` keeps device lists for. */
export const ENTRIES = 20_000;

/** A cache that takes part, full of `ENTRIES` device lists. */
export interface CacheSide extends Side {
  readonly get: (key: string) => unknown;
  readonly set: (key: string, value: object) => unknown;
}

export function cacheSides(): readonly CacheSide[] {
  const bounded = lru<object>({ max: ENTRIES, ttl: minutes(5) });
  const { userDevicesCache } = baileysCaches({ account: "bench" });
  const map = new Map<string, object>();
  return [
    {
      name: "lru()",
      role: "ours",
      kind: "lru",
      get: (key) => bounded.get(key),
      set: (key, value) => bounded.set(key, value),
    },
    {
      name: "userDevicesCache",
      role: "ours",
      kind: "user-devices",
      get: (key) => userDevicesCache.get(key),
      set: (key, value) => userDevicesCache.set(key, value),
    },
    {
      name: BASE,
      role: "limit",
      kind: undefined,
      get: (key) => map.get(key),
      set: (key, value) => map.set(key, value),
    },
  ];
}
